/** Latency at 100 %, where the stable gets no requests: is the canary slower than the stable was during the rollout? */
import {
    type Arm,
    type Counts,
    referenceShare,
    type SloState,
    sloAfter,
    sloEvidence,
    sloStart,
    sloSuspicion,
} from "../statistics";
import { addArms, sumCounts } from "../statistics/counts";
import { logMeanExp } from "../statistics/logSpace";
import { type RolloutSettings, slowOptions } from "./rolloutSettings";

/** For one latency bound. `failed` counts the requests above it. */
interface BoundState {
    /** The stable's requests while both versions got some. */
    readonly stable: Arm;
    readonly test: SloState;
}

export type SlowBakeState = readonly BoundState[];

export function slowBakeStart(bounds: readonly number[]): SlowBakeState {
    return bounds.map(() => ({ stable: { requests: 0, failed: 0 }, test: sloStart() }));
}

/** The state when a bake at 100 % begins. */
export function slowBakeAgain(state: SlowBakeState): SlowBakeState {
    return state.map((one) => ({ ...one, test: sloStart() }));
}

/**
 * The state after a sample: below 100 %, the stable is measured; at 100 %, the canary is tested.
 * @param strata for each bound, in the state's order, the counts from each source
 */
export function slowBakeAfter(
    settings: RolloutSettings,
    state: SlowBakeState,
    strata: readonly (readonly Counts[])[],
    weight: number,
    at: number,
): SlowBakeState {
    const { falseRollback, ratio, margin } = settings.analysis.latency;
    return state.map((one, j) => {
        const counts = strata[j] ?? [];
        if (weight < 100) {
            return { ...one, stable: addArms(one.stable, sumCounts(counts).stable) };
        }
        const objective = referenceShare(one.stable, falseRollback, { ratio, margin });
        const options = { ...slowOptions(settings), alpha: falseRollback / 2, objective };
        const canaries = counts.map(({ canary }) => canary);
        return { ...one, test: sloAfter(one.test, canaries, options, at) };
    });
}

/** ln E: the mean over the bounds; 0 without any. */
export function slowBakeEvidence(state: SlowBakeState): number {
    return meanOf(state, sloEvidence);
}

/** The evidence by which nothing passes. */
export function slowBakeSuspicion(state: SlowBakeState): number {
    return meanOf(state, sloSuspicion);
}

function meanOf(state: SlowBakeState, of: (test: SloState) => number): number {
    return state.length === 0 ? 0 : logMeanExp(state.map(({ test }) => of(test)));
}
