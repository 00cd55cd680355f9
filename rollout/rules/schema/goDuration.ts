/** Durations as Go reads them: time.ParseDuration. */

const NANOSECONDS: Readonly<Record<string, number>> = {
    ns: 1,
    us: 1e3,
    µs: 1e3,
    μs: 1e3,
    ms: 1e6,
    s: 1e9,
    m: 60e9,
    h: 3_600e9,
};
const UNIT = "(ns|us|µs|μs|ms|s|m|h)";
const AMOUNT = "(\\d+\\.?\\d*|\\.\\d+)";
const WHOLE = new RegExp(`^[-+]?(?:0|(?:${AMOUNT}${UNIT})+)$`);
const PART = new RegExp(AMOUNT + UNIT, "g");

/** About 292 years. */
const LONGEST = 2 ** 63;

/** Nanoseconds; undefined if the text is not a duration, or one that Go cannot hold. */
export function parseGoDuration(text: string): number | undefined {
    if (!WHOLE.test(text)) return undefined;
    let total = 0;
    for (const [, amount, unit] of text.matchAll(PART)) {
        total += Number(amount) * (NANOSECONDS[unit ?? ""] ?? Number.NaN);
    }
    if (total >= LONGEST) return undefined;
    return text.startsWith("-") ? -total : Math.round(total);
}
