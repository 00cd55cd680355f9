// What summaries of raw values use.

/** The lower of the two in the middle, so that it is a value that was measured; NaN without values. */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** All of them, as a cell of raw values: "1.20 1.31". */
export function list(values: readonly number[], digits = 2): string {
    return values.map((value) => value.toFixed(digits)).join(" ");
}
