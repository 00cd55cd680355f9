/** The weights of a rollout: the ladder, with a probe before it if needed. */
import type { Analysis } from "../config/analysis";
import { milliseconds } from "./rolloutSettings";

/** Samples until a fault is detected, and seconds until the rollback reaches callers. */
const DETECTION_SAMPLES = 2;
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
    return needed
        ? { ladder: [Math.min(weight, 50), ...ladder], probe: true }
        : { ladder, probe: false };
}

/** Worst-case seconds until a canary that fails every request is back at weight 0. */
export function secondsToDetect({ interval, warmUp, corroboration }: Analysis): number {
    const samples = Math.max(DETECTION_SAMPLES, warmUp + corroboration) + 1;
    return samples * (milliseconds(interval) / 1_000) + ROLLBACK_SECONDS;
}
