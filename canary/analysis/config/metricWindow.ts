/** The time that one value of a gauge covers: values that overlap are one look at the metric. */
import { parseDuration } from "../../../rollout/config/duration";

const RANGE = /\[\s*((?:\d+(?:ms|[smhdwy]))+)\s*(?::[^\]]*)?\]/g;
const UNITS: Readonly<Record<string, number>> = {
    ms: 1,
    s: 1_000,
    m: 60_000,
    h: 3_600_000,
    d: 86_400_000,
    w: 604_800_000,
    y: 31_536_000_000,
};

/** Milliseconds. Without `window`, that of the longest range in a PromQL query, such as `[2m]`; otherwise 0. */
export function windowOf(metric: {
    readonly provider?: string;
    readonly window?: string;
    readonly query?: string;
}): number {
    if (metric.window !== undefined) return parseDuration(metric.window) ?? 0;
    const ranges = [...(metric.query ?? "").matchAll(RANGE)].map(([, text = ""]) => rangeOf(text));
    return Math.max(0, ...ranges);
}

function rangeOf(text: string): number {
    const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
    return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}
