/** Charts as SVG text, drawn by echarts without a browser. */
import * as echarts from "echarts";
import { escapeHtml, Markup } from "./html";

/** Of the drawing; a page scales it to its column. */
export const WIDTH = 460;
export const HEIGHT = 260;

/**
 * An image with a name and a description for those who do not see it. Colours are CSS variables of the page, so that one
 * drawing serves light, dark and paper. Deterministic: the same option gives the same text.
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

/** What is drawn, without the svg element around it. */
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
                // Hover styles of a chart that nobody can hover over, and ids that count up in the process.
                .replace(/<style[^>]*>.*?<\/style>/s, "")
                .replace(/ (?:class="zr[^"]*"|pointer-events="visible"|ecmeta_\w+="[^"]*")/g, "")
                .replace(/\bzr\d+-/g, `${id}-`)
                .replace(/^<svg[^>]*>|<\/svg>\s*$/g, "")
        );
    } finally {
        chart.dispose();
    }
}
