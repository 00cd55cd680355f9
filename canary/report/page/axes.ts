/** Axes, lines and colours of charts. */

/** One colour for one meaning, in all charts and tables. */
export const COLOUR = {
    text: "var(--text)",
    soft: "var(--soft)",
    line: "var(--line)",
    canary: "var(--canary)",
    stable: "var(--stable)",
    /** Evidence against the canary, and a gate that fails. */
    bad: "var(--bad)",
    /** Evidence for the next weight, and a gate that passes. */
    good: "var(--good)",
    limit: "var(--limit)",
} as const;

export type Point = readonly [second: number, value: number | null];

/** Distinguishes lines without colour. */
export type Dash = "solid" | "dashed" | "dotted";

const STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];
const TICKS = 5;

export function axisText(color: string) {
    return { fontSize: 12, fontFamily: "system-ui, sans-serif", color };
}

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
            ...axisText(COLOUR.soft),
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
        axisLabel: { ...axisText(COLOUR.soft), formatter: format },
        splitLine: { lineStyle: { color: COLOUR.line } },
    };
}

export interface Line {
    /** In the legend. */
    readonly name: string;
    readonly points: readonly Point[];
    /** A key of COLOUR, by which the legend's key is styled too. */
    readonly colour: keyof typeof COLOUR;
    readonly dash?: Dash;
    readonly width?: number;
    readonly step?: boolean;
    readonly area?: boolean;
}

export function line({ name, points, colour, dash = "solid", width = 2, step, area }: Line) {
    const color = COLOUR[colour];
    return {
        type: "line",
        name,
        data: points.map((point) => [...point]),
        ...(step && { step: "end" }),
        showSymbol: points.length === 1,
        symbolSize: 5,
        connectNulls: false,
        color,
        lineStyle: { color, width, type: dash },
        itemStyle: { color },
        ...(area && { areaStyle: { color, opacity: 0.15 } }),
    };
}
