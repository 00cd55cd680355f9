/** Sequential test: does the canary fail more often than the stable? Its bound on false alarms holds after every scrape. */
import { type Counts, failedShare, sumCounts } from "./counts";
import { logIncrement, type Null } from "./increment";
import {
    type MixtureOptions,
    type MixtureState,
    mixtureAfter,
    mixtureEvidence,
    mixtureStart,
    mixtureSuspicion,
} from "./mixture";

/** Effect sizes, as ratios of failure shares: from 1.5 times as many failures to a version that fails every request. */
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
 * @param strata counts from each source in this scrape, in any order
 * @param at time of the scrape, milliseconds. Default: only the order of the scrapes is known.
 * @throws RangeError for a count that is negative or not a number
 */
export function harmAfter(
    state: HarmState,
    strata: readonly Counts[],
    options: HarmOptions,
    at?: number,
): HarmState {
    const increments = options.ratios.map((ratio) =>
        strata.reduce((sum, counts) => sum + logIncrement(counts, ratio, options), 0),
    );
    const hasRequests = strata.some(({ canary, stable }) => canary.requests + stable.requests > 0);
    if (!hasRequests) return state;
    return mixtureAfter(state, increments, options, at, isShared(strata));
}

/** From this share of the stable's requests on, an incident of both versions may have reached the canary's counts first. */
const INCIDENT = 0.05;

function isShared(strata: readonly Counts[]): boolean {
    return (failedShare(sumCounts(strata).stable) ?? 0) >= INCIDENT;
}

/** The state after a scrape that is evidence of nothing, such as one of the warm-up. */
export function harmSkipped(state: HarmState, options: HarmOptions, at?: number): HarmState {
    return mixtureAfter(
        state,
        options.ratios.map(() => 0),
        options,
        at,
    );
}

/** The evidence by which nothing passes; at least that by which the driver rolls back. */
export function harmSuspicion(state: HarmState): number {
    return mixtureSuspicion(state);
}

/** ln E of harm, in nats: 0 at the start; roll back at ln(1/alpha) or more. */
export function harmEvidence(state: HarmState): number {
    return mixtureEvidence(state);
}
