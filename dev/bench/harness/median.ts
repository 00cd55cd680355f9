// Summaries of raw values.

/** For an even count, the lower middle value, so that the median is always a measured value. NaN without values. */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** All raw values as a table cell: "1.20 1.31". */
export function list(values: readonly number[], digits = 2): string {
    return values.map((value) => value.toFixed(digits)).join(" ");
}
