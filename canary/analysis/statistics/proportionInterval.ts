/** Wilson's score interval of a proportion, for a measured share of traffic or a failure rate. */

export interface Interval {
    readonly low: number;
    readonly high: number;
}

/** Two-sided standard normal quantiles: 99 % and 99.99 %. */
export const z99 = 2.5758293035489;
export const z9999 = 3.8905918864131;

/**
 * The interval of proportions that `successes` of `trials` do not contradict at the level of `z` (a standard normal quantile).
 * Both ends are in [0, 1]. Without trials it is all of [0, 1], because nothing is known.
 *
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212.
 */
export function proportionInterval(successes: number, trials: number, z: number): Interval {
    if (trials === 0) {
        return { low: 0, high: 1 };
    }
    const p = successes / trials;
    const z2 = z * z;
    const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials);
    const half =
        (z * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials))) / (1 + z2 / trials);
    // The exact ends are 0 and 1; rounding must not exclude them.
    return {
        low: successes === 0 ? 0 : Math.max(0, centre - half),
        high: successes === trials ? 1 : Math.min(1, centre + half),
    };
}
