/** The weights of a rollout: the ladder, with a probe before it if needed. */
import type { Analysis } from "../config/analysis";
import { milliseconds } from "./rolloutSettings";

/** Seconds until a rollback reaches callers. */
const ROLLBACK_SECONDS = 5;

export interface Weights {
    readonly ladder: readonly number[];
    /** Whether the first weight is a probe. */
    readonly probe: boolean;
}

/**
 * The weights in order. A probe comes first if a lower weight than the ladder's first gets `minRequests` per sample, or if at the
 * ladder's first weight a canary that fails every request would exceed the exposure budget.
 *
 * @param rate requests per second to both versions
 */
export function planWeights(ladder: readonly number[], analysis: Analysis, rate: number): Weights {
    const first = ladder[0] ?? 100;
    const perSample = rate * (milliseconds(analysis.interval) / 1_000);
    const enough = analysis.probe && perSample > 0 ? (100 * analysis.minRequests) / perSample : 100;
    const affordable =
        analysis.exposureBudget === undefined
            ? 100
            : (100 * analysis.exposureBudget) / (rate * secondsToDetect(analysis));
    const weight = Math.max(1, Math.min(Math.ceil(enough), Math.floor(affordable)));
    // At 100 % the stable gets no requests to compare with.
    const needed = weight < first || first === 100;
    const steps = withHoldback(ladder, analysis);
    return needed
        ? { ladder: [Math.min(weight, 50), ...steps], probe: true }
        : { ladder: steps, probe: false };
}

/** The ladder with the weight of the bake before 100, if the ladder has no weight that is as high. */
export function withHoldback(ladder: readonly number[], { holdback }: Analysis): number[] {
    const weight = 100 - holdback;
    const below = ladder.filter((one) => one < 100);
    const isNeeded = holdback > 0 && ladder.includes(100) && below.every((one) => one < weight);
    return isNeeded ? [...below, weight, 100] : [...ladder];
}

/** Worst-case seconds until a canary that fails every request is back at weight 0. */
export function secondsToDetect({ interval, corroboration }: Analysis): number {
    const samples = corroboration + 1;
    return samples * (milliseconds(interval) / 1_000) + ROLLBACK_SECONDS;
}
