/** Renders charts as SVG with echarts, without a browser. */
import { LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { escapeHtml, Markup } from "./html";

// Only the parts that the report uses, because the package ships them (dev/packages/buildPackages.ts).
echarts.use([LineChart, ScatterChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** Size of the drawing: a column of the page, and the width of a phone, so that its text keeps its size. */
export const WIDTH = 358;
export const HEIGHT = 224;

/**
 * An SVG image with a title and a description for screen readers. Colours are CSS variables of the page, so that one drawing fits
 * light mode, dark mode and print. Deterministic: the same option gives the same SVG.
 * @param id unique in the page.
 */
export function svgOf(
    id: string,
    title: string,
    description: string,
    option: echarts.EChartsCoreOption,
): Markup {
    const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc">`;
    const name = `<title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(description)}</desc>`;
    return new Markup(`${open}${name}${drawing(id, option, WIDTH, HEIGHT)}</svg>`);
}

/** The content of the image, without the `svg` element. */
export function drawing(
    id: string,
    option: echarts.EChartsCoreOption,
    width: number,
    height: number,
): string {
    const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
    try {
        chart.setOption({ animation: false, ...option });
        return (
            chart
                .renderToSVGString()
                // Remove hover styles, which a static chart does not need, and ids that depend on the charts drawn before.
                .replace(/<style[^>]*>.*?<\/style>/s, "")
                .replace(/ (?:class="zr[^"]*"|pointer-events="visible"|ecmeta_\w+="[^"]*")/g, "")
                .replace(/\bzr\d+-/g, `${id}-`)
                .replace(/^<svg[^>]*>|<\/svg>\s*$/g, "")
        );
    } finally {
        chart.dispose();
    }
}
