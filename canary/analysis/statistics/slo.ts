/** Sequential test: does one version fail more often than the objective allows, regardless of the other version? */
import type { Arm } from "./counts";
import {
    type MixtureOptions,
    type MixtureState,
    mixtureEvidence,
    mixtureStart,
    mixtureSuspicion,
    oneSampleAfter,
} from "./mixture";

export interface SloOptions extends MixtureOptions {
    /** The allowed failure share, 0–1: 0.001 for an objective of 99.9 %. */
    readonly objective: number;
}

export type SloState = MixtureState;

export function sloStart(): SloState {
    return mixtureStart();
}

/**
 * The state after one more scrape. A scrape without any requests changes nothing.
 *
 * @param arms counts of the version from each source in this scrape, in any order
 * @throws RangeError for a count that is negative or not a number
 */
export function sloAfter(
    state: SloState,
    arms: readonly Arm[],
    options: SloOptions,
    at?: number,
): SloState {
    return oneSampleAfter(state, arms, options.objective, options, at);
}

/** ln E, in nats: 0 at the start; at ln(1/alpha) or more the version misses the objective. */
export function sloEvidence(state: SloState): number {
    return mixtureEvidence(state);
}

/** The evidence by which nothing passes; at least {@link sloEvidence}. */
export function sloSuspicion(state: SloState): number {
    return mixtureSuspicion(state);
}
