/** Does the canary fail more often than the stable? Sequential: looked at after every scrape, at no cost in false alarms. */
import type { Counts } from "./counts";
import { logIncrement, type Null } from "./increment";
import {
    type MixtureOptions,
    type MixtureState,
    mixtureAfter,
    mixtureEvidence,
    mixtureStart,
} from "./mixture";

/** Effects on failures: from half as many again to a version that answers nothing. */
export const HARM_RATIOS: readonly number[] = [1.5, 2, 3, 5, 10, 30, 100, 1000];

/** Tests p1 ≤ baseRatio·p0 + margin; see {@link Null} and {@link MixtureOptions}. */
export interface HarmOptions extends Null, MixtureOptions {}

export type HarmState = MixtureState;

export function harmStart(): HarmState {
    return mixtureStart();
}

/**
 * The state after one more scrape. A scrape without any requests changes nothing.
 *
 * @param strata what each source saw in this scrape, in any order
 * @throws RangeError for a count that is negative or not a number
 */
export function harmAfter(
    state: HarmState,
    strata: readonly Counts[],
    options: HarmOptions,
): HarmState {
    const increments = options.ratios.map((ratio) =>
        strata.reduce((sum, counts) => sum + logIncrement(counts, ratio, options), 0),
    );
    const seen = strata.some(({ canary, stable }) => canary.requests + stable.requests > 0);
    return seen ? mixtureAfter(state, increments, options) : state;
}

/** ln E of harm, in nats: 0 at the start; roll back at ln(1/alpha) or more. */
export function harmEvidence(state: HarmState): number {
    return mixtureEvidence(state);
}
