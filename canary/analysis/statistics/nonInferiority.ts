/** Sequential test: is the canary at most a margin worse than the stable? Its evidence ends a phase early. */
import type { Counts } from "./counts";
import { logIncrement } from "./increment";
import { logMeanExp } from "./logSpace";

/** Effect sizes: the canary's failure share as a fraction of the stable's plus the margin. */
export const NON_INFERIORITY_RATIOS: readonly number[] = [
    0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85,
];

/**
 * The evidence (ln E) does not fall below this: a burst that has gone does not count against later requests for long. It acts as a new
 * bet whenever it is reached, and the odds of all of them together must be small.
 */
const FLOOR = -Math.log(1_000);

/** Plain JSON. */
export interface NonInferiorityState {
    /** ln of the e-value so far, one for each of {@link NON_INFERIORITY_RATIOS}. */
    readonly logs: readonly number[];
}

export interface NonInferiorityOptions {
    /** How much higher the canary's failure share may be, 0–1: the allowed cost at the next weight, divided by that weight. */
    readonly margin: number;
    /** Variance of the counts as a multiple of the Poisson variance: 1 or more. */
    readonly dispersion: number;
}

export function nonInferiorityStart(): NonInferiorityState {
    return { logs: NON_INFERIORITY_RATIOS.map(() => 0) };
}

/**
 * The state after one more scrape of the same phase. Each phase has its own margin and starts from no evidence.
 *
 * @param strata counts from each source in this scrape, in any order
 * @throws RangeError for a count that is negative or not a number
 */
export function nonInferiorityAfter(
    { logs }: NonInferiorityState,
    strata: readonly Counts[],
    { margin, dispersion }: NonInferiorityOptions,
): NonInferiorityState {
    const test = { baseRatio: 1, margin };
    return {
        logs: NON_INFERIORITY_RATIOS.map((ratio, j) => {
            const l = strata.reduce((sum, counts) => sum + logIncrement(counts, ratio, test), 0);
            return Math.max(FLOOR, (logs[j] ?? 0) + l / dispersion);
        }),
    };
}

/**
 * ln E of non-inferiority, in nats: 0 at the start. At ln(1/β) or more the canary passes; the probability that a canary passes that
 * is worse by the margin or more is at most β.
 */
export function nonInferiorityEvidence({ logs }: NonInferiorityState): number {
    return logMeanExp(logs);
}
