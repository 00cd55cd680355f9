/** Is the canary shown to be no worse than the stable, but for a margin? The evidence that ends a phase early. */
import type { Counts } from "./counts";
import { logIncrement } from "./increment";
import { logMeanExp } from "./logSpace";

/** Effects that are bet on: the canary's share as a part of the stable's plus the margin. */
export const NON_INFERIORITY_RATIOS: readonly number[] = [
    0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85,
];

/** Plain JSON. */
export interface NonInferiorityState {
    /** ln of the e-value so far, one for each of {@link NON_INFERIORITY_RATIOS}. */
    readonly logs: readonly number[];
}

export interface NonInferiorityOptions {
    /** How much higher the canary's failure share may be, 0–1: what the next weight lets it cost, over that weight. */
    readonly margin: number;
    /** How many times more the counts vary than Poisson ones do: 1 or more. */
    readonly dispersion: number;
}

export function nonInferiorityStart(): NonInferiorityState {
    return { logs: NON_INFERIORITY_RATIOS.map(() => 0) };
}

/**
 * The state after one more scrape of the same phase; each phase starts anew, with its own margin.
 *
 * @param strata what each source saw in this scrape, in any order
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
            return (logs[j] ?? 0) + l / dispersion;
        }),
    };
}

/**
 * ln E of non-inferiority, in nats: 0 at the start. At ln(1/β) or more the canary passes; a canary that is worse by the margin
 * or more passes with probability β at most.
 */
export function nonInferiorityEvidence({ logs }: NonInferiorityState): number {
    return logMeanExp(logs);
}
