// Plots of a benchmark's results as one SVG file, for light and dark colour schemes, without scripts.
import { BarChart } from "echarts/charts";
import { LegendComponent, TitleComponent } from "echarts/components";
import { type EChartsCoreOption, use } from "echarts/core";
import { escapeHtml } from "../../../canary/report/page/html";
import { drawing } from "../../../canary/report/page/svg";

// Beyond what a report uses.
use([BarChart, LegendComponent, TitleComponent]);

export interface Axis {
    /** Includes the unit: `seconds`, `apps`. */
    readonly name: string;
    /** Logarithmic; values must be above 0. Default: `false`. */
    readonly log?: boolean;
    readonly min?: number;
    readonly max?: number;
}

export interface Series {
    readonly name: string;
    readonly points: readonly (readonly [x: number | string, y: number | null])[];
    /** Default: the plot's kind. */
    readonly kind?: Plot["kind"];
}

export interface Plot {
    readonly title: string;
    /** Bars use categories: their x values are strings, in the order of the first series. */
    readonly kind: "line" | "scatter" | "bar";
    readonly x: Axis;
    readonly y: Axis;
    /** At most six, the number of distinct styles. */
    readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 350;
const FONT = { fontSize: 12, fontFamily: "system-ui, sans-serif" };
const [TEXT, SOFT, LINE] = ["var(--text)", "var(--soft)", "var(--line)"];

/** Contrast is at least 4.5:1. Symbols and dashes also distinguish the series. */
const STYLE = `:root{color-scheme:light dark;--page:#fff;--text:#1a1f24;--soft:#4b5661;--line:#d3d9df;--series0:#a84300;--series1:#005f9e;--series2:#00624d;--series3:#8a1a6b;--series4:#6a5300;--series5:#4b5661}
@media (prefers-color-scheme:dark){:root{--page:#14181c;--text:#e8ebee;--soft:#b0bac4;--line:#3a434c;--series0:#ffa057;--series1:#74bdff;--series2:#5fd6b4;--series3:#f09ad6;--series4:#f0cc5c;--series5:#b0bac4}}`;
const DASHES = ["solid", "dashed", "dotted"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect"];

/** The plots, stacked vertically. Deterministic: the same plots give the same text. */
export function plotOf(plots: readonly Plot[]): string {
    const parts = plots.map(
        (plot, index) =>
            `<g transform="translate(0 ${index * HEIGHT})">${drawing(`plot${index}`, optionOf(plot), WIDTH, HEIGHT)}</g>`,
    );
    const height = plots.length * HEIGHT;
    const title = escapeHtml(plots.map((plot) => plot.title).join("; "));
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">`,
        `<title id="title">${title}</title>`,
        `<style>${STYLE}</style>`,
        `<rect width="${WIDTH}" height="${height}" fill="var(--page)"/>`,
        ...parts,
        "</svg>\n",
    ].join("\n");
}

function optionOf({ title, kind, x, y, series }: Plot): EChartsCoreOption {
    const categories =
        kind === "bar" ? { type: "category", data: series[0]?.points.map(([at]) => at) } : {};
    return {
        title: {
            text: plain(title),
            left: 8,
            top: 6,
            textStyle: { ...FONT, fontSize: 14, color: TEXT },
        },
        legend: {
            top: 32,
            left: 4,
            textStyle: { ...FONT, color: TEXT },
            itemWidth: 30,
            itemGap: 20,
        },
        grid: { left: 72, right: 28, top: 88, bottom: 52 },
        xAxis: {
            ...axis(x),
            nameLocation: "middle",
            nameGap: 30,
            splitLine: { show: false },
            ...categories,
        },
        yAxis: {
            ...axis(y),
            nameLocation: "end",
            nameTextStyle: { ...FONT, color: SOFT, align: "left" },
        },
        series: series.map((one, index) => {
            const colour = `var(--series${index % 6})`;
            return {
                type: one.kind ?? kind,
                name: plain(one.name),
                data: one.points.map((point) => [...point]),
                symbol: SYMBOLS[index % SYMBOLS.length],
                symbolSize: 7,
                color: colour,
                itemStyle: { color: colour },
                lineStyle: { color: colour, width: 2, type: DASHES[index % DASHES.length] },
            };
        }),
    };
}

function axis({ name, log, min, max }: Axis) {
    return {
        type: log ? "log" : "value",
        name: plain(name),
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
        nameTextStyle: { ...FONT, color: SOFT },
        axisLabel: { ...FONT, color: SOFT },
        axisLine: { show: true, lineStyle: { color: SOFT } },
        splitLine: { lineStyle: { color: LINE } },
    };
}

/** echarts interprets "{" as a template. */
function plain(text: string): string {
    return text.replace(/[{}|]/g, " ");
}
