/** Does one version fail more often than its objective allows, whatever the other one does? */
import type { Arm } from "./counts";
import { type MixtureOptions, type MixtureState, mixtureEvidence, mixtureStart } from "./mixture";
import { oneSampleAfter } from "./oneSample";

export interface SloOptions extends MixtureOptions {
    /** The failure share that is allowed, 0–1: 0.001 for an objective of 99.9 %. */
    readonly objective: number;
}

export type SloState = MixtureState;

export function sloStart(): SloState {
    return mixtureStart();
}

/**
 * The state after one more scrape. A scrape without any requests changes nothing.
 *
 * @param arms what each source saw of the version in this scrape, in any order
 * @throws RangeError for a count that is negative or not a number
 */
export function sloAfter(state: SloState, arms: readonly Arm[], options: SloOptions): SloState {
    return oneSampleAfter(state, arms, options.objective, options);
}

/** ln E, in nats: 0 at the start; at ln(1/alpha) or more the objective is missed. */
export function sloEvidence(state: SloState): number {
    return mixtureEvidence(state);
}
