/** Shared parts of all charts: axes, lines, phases and colours. */

export const COLOUR = {
    text: "var(--text)",
    soft: "var(--soft)",
    line: "var(--line)",
    canary: "var(--canary)",
    stable: "var(--stable)",
    limit: "var(--limit)",
} as const;

export type Point = readonly [second: number, value: number | null];

/** Distinguishes lines without colour. */
export type Dash = "solid" | "dashed" | "dotted";

const FONT = { fontSize: 12, fontFamily: "system-ui, sans-serif" };
/** Keeps labels readable on top of lines. */
const HALO = { textBorderColor: "var(--page)", textBorderWidth: 4 };
const STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];
const TICKS = 6;

/** @param end seconds since the rollout's start. */
export function timeAxis(end: number) {
    const interval =
        STEPS.find((step) => end / step <= TICKS) ?? Math.ceil(end / TICKS / 86_400) * 86_400;
    return {
        type: "value",
        min: 0,
        max: Math.max(end, 1),
        interval,
        axisLine: { onZero: false, lineStyle: { color: COLOUR.soft } },
        axisTick: { lineStyle: { color: COLOUR.soft } },
        splitLine: { show: false },
        axisLabel: {
            ...FONT,
            color: COLOUR.soft,
            showMaxLabel: false,
            formatter: (second: number) => clock(second, interval),
        },
    };
}

/** "0:30" under a minute's step, "5 min" under an hour's, "2 h" above. */
function clock(second: number, interval: number): string {
    if (interval < 60) {
        return `${Math.floor(second / 60)}:${String(Math.round(second % 60)).padStart(2, "0")}`;
    }
    return interval < 3_600 ? `${second / 60} min` : `${second / 3_600} h`;
}

export interface ValueAxis {
    readonly min?: number;
    readonly max?: number;
    readonly format: (value: number) => string;
    readonly interval?: number;
}

export function valueAxis({ min = 0, max, format, interval }: ValueAxis) {
    return {
        type: "value",
        min,
        ...(max !== undefined && { max }),
        ...(interval !== undefined && { interval }),
        splitNumber: 4,
        axisLabel: { ...FONT, color: COLOUR.soft, formatter: format },
        splitLine: { lineStyle: { color: COLOUR.line } },
    };
}

export interface Line {
    /** Label at the end of the line. */
    readonly name: string;
    readonly points: readonly Point[];
    readonly colour: string;
    readonly dash?: Dash;
    readonly width?: number;
    readonly step?: boolean;
    readonly area?: boolean;
    /** Whether the line ends before the others. */
    readonly early?: boolean;
}

export function line({ name, points, colour, dash = "solid", width = 2, step, area, early }: Line) {
    return {
        type: "line",
        name,
        data: points.map((point) => [...point]),
        ...(step && { step: "end" }),
        showSymbol: points.length === 1,
        symbolSize: 5,
        connectNulls: false,
        color: colour,
        lineStyle: { color: colour, width, type: dash },
        itemStyle: { color: colour },
        ...(area && { areaStyle: { color: colour, opacity: 0.15 } }),
        endLabel: {
            show: true,
            ...FONT,
            color: colour,
            formatter: literalFormatter(name),
            distance: 6,
            ...HALO,
            // Above the end of the line, because the other lines continue there.
            ...(early && { offset: [-6, -14] }),
        },
        labelLayout: { moveOverlap: "shiftY" },
    };
}

/** Light vertical lines at the times when weights were routed. */
export function phaseLines(seconds: readonly number[]) {
    return {
        type: "line",
        data: [],
        markLine: {
            silent: true,
            symbol: "none",
            label: { show: false },
            lineStyle: { color: COLOUR.line, type: "solid", width: 1.5 },
            data: seconds.map((xAxis) => ({ xAxis })),
        },
    };
}

/** echarts interprets "{" in a string as a template. */
function literalFormatter(text: string): () => string {
    return () => text.replace(/[{}|]/g, " ");
}

export const grid = { left: 62, right: 92, top: 16, bottom: 28 };

export { FONT };
