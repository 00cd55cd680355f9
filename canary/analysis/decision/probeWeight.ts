/** The weights that a rollout takes: the ladder, and below it a probe. */
import type { Analysis } from "../config/analysis";
import { milliseconds } from "./rolloutSettings";

/** Looks, and seconds for the way back, between the first failed request and the last. */
const LOOKS_TO_SEE = 2;
const SECONDS_BACK = 5;

export interface Weights {
    readonly ladder: readonly number[];
    /** Whether the first weight is a probe. */
    readonly probe: boolean;
}

/**
 * The weights in order. A probe comes first where a smaller weight than the ladder's first gets `minRequests` per look, or where
 * a canary that fails everything would at the ladder's first weight cost more than the exposure budget before it is back at 0.
 *
 * @param rate requests per second to both versions
 */
export function weightsOf(ladder: readonly number[], analysis: Analysis, rate: number): Weights {
    const first = ladder[0] ?? 100;
    const perLook = rate * (milliseconds(analysis.interval) / 1_000);
    const enough = analysis.probe && perLook > 0 ? (100 * analysis.minRequests) / perLook : 100;
    const borne =
        analysis.exposureBudget === undefined
            ? 100
            : (100 * analysis.exposureBudget) / (rate * secondsToSee(analysis));
    const weight = Math.max(1, Math.min(Math.ceil(enough), Math.floor(borne)));
    // At 100 % there is nothing to compare with.
    const needed = weight < first || first === 100;
    return needed
        ? { ladder: [Math.min(weight, 50), ...ladder], probe: true }
        : { ladder, probe: false };
}

/** Seconds until a canary that fails everything has weight 0 again, in the worst case. */
export function secondsToSee({ interval, warmUp, corroboration }: Analysis): number {
    const looks = Math.max(LOOKS_TO_SEE, warmUp + corroboration) + 1;
    return looks * (milliseconds(interval) / 1_000) + SECONDS_BACK;
}
