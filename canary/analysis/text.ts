/** Numbers in sentences. */

/** `1 request`, `2 requests`. */
export function count(number: number, noun: string): string {
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** An e-value from its logarithm, with two digits: "0.31", "12", "200"; "1e+6" and beyond for more. */
export function odds(logarithm: number): string {
    if (logarithm > Math.log(1e6)) return `1e+${Math.floor(logarithm / Math.LN10)}`;
    const value = Math.exp(logarithm);
    if (value >= 100) return value.toFixed(0);
    return Number(value.toPrecision(2)).toString();
}

/** A share, 0–1, as "0.5 %". */
export function percent(share: number): string {
    return `${Number((100 * share).toPrecision(3))} %`;
}

/** Milliseconds as "45 s" or "12 min". */
export function span(milliseconds: number): string {
    const seconds = Math.round(milliseconds / 1_000);
    return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
