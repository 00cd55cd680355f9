/** Parses and formats durations as Go and Istio write them: "5s", "1m30s", "250ms". */

const UNITS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const WHOLE = /^(\d+(\.\d+)?(h|ms|m|s))+$/;
const PART = /(\d+(?:\.\d+)?)(h|ms|m|s)/g;

/**
 * Milliseconds, or undefined if the text is not a duration.
 * A duration is one or more `<number><unit>` with the units h, m, s and ms, such as "1m30s" or "0.5s".
 */
export function parseDuration(text: unknown): number | undefined {
    if (typeof text !== "string" || !WHOLE.test(text)) return undefined;
    let milliseconds = 0;
    for (const [, amount, unit] of text.matchAll(PART)) {
        milliseconds += Number(amount) * (UNITS[unit ?? ""] ?? Number.NaN);
    }
    return milliseconds;
}

/** Seconds with an "s" ("90s", "0.25s"): the form that Go, Istio and protobuf's JSON all parse. */
export function formatDuration(milliseconds: number): string {
    return `${Number((milliseconds / 1_000).toFixed(3))}s`;
}

/** Rewrites a valid duration in the form of `formatDuration`. */
export function canonicalDuration(duration: string): string {
    return formatDuration(parseDuration(duration) ?? 0);
}
