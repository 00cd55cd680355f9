/** Sequential test at 100 %, where the stable gets no requests: does the canary fail more than the stable did before? */
import type { Arm } from "./counts";
import { gammaUpperQuantile } from "./gamma";
import {
    type MixtureOptions,
    type MixtureState,
    mixtureEvidence,
    mixtureStart,
    mixtureSuspicion,
    oneSampleAfter,
} from "./mixture";

/** Share of the bet on a fault from the first scrape on. Most faults that passed the earlier phases begin later. */
export const BAKE_FIRST_ONSET = 0.1;

export interface BakeOptions extends MixtureOptions {
    /** Acceptable failure share, 0–1: {@link referenceShare}. */
    readonly reference: number;
}

export type BakeState = MixtureState;

/**
 * The acceptable failure share at 100 %, 0–1: by default 1.5 times the upper confidence bound of the stable's share at 1 − alpha/4 (Garwood,
 * Biometrika 28 (1936)), plus 0.001. Without requests it is 1, which never raises an alarm.
 *
 * @param stable its counts while both versions got requests
 * @param alpha of the whole test
 */
export function referenceShare(
    { requests, failed }: Arm,
    alpha: number,
    { ratio, margin } = { ratio: 1.5, margin: 0.001 },
): number {
    if (requests === 0) return 1;
    return Math.min(1, (ratio * gammaUpperQuantile(alpha / 4, failed + 1)) / requests + margin);
}

export function bakeStart(): BakeState {
    return mixtureStart();
}

/**
 * The state after one more scrape. A scrape without any requests changes nothing.
 *
 * @param arms counts of the canary from each source in this scrape, in any order
 * @throws RangeError for a count that is negative or not a number
 */
export function bakeAfter(
    state: BakeState,
    arms: readonly Arm[],
    options: BakeOptions,
    at?: number,
): BakeState {
    // The other half of alpha covers an error of the reference.
    const half = { ...options, alpha: options.alpha / 2 };
    return oneSampleAfter(state, arms, options.reference, half, at);
}

/** ln E, in nats: 0 at the start; alarm at ln(2/alpha) or more. It compares with the past, so a shared incident raises it too. */
export function bakeEvidence(state: BakeState): number {
    return mixtureEvidence(state);
}

/** The evidence by which nothing passes; at least {@link bakeEvidence}. */
export function bakeSuspicion(state: BakeState): number {
    return mixtureSuspicion(state);
}
