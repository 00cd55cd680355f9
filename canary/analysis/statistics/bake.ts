/** Guards the canary at 100 %, where no stable is left to compare with, against what the stable did before. */
import type { Arm } from "./counts";
import { gammaUpperQuantile } from "./gamma";
import { type MixtureOptions, type MixtureState, mixtureEvidence, mixtureStart } from "./mixture";
import { oneSampleAfter } from "./oneSample";

/** What is bet on a fault that shows at once; most faults that passed the phases come later. */
export const BAKE_FIRST_ONSET = 0.1;

export interface BakeOptions extends MixtureOptions {
    /** Failure share, 0–1, that is still right: {@link referenceShare}. */
    readonly reference: number;
}

export type BakeState = MixtureState;

/**
 * The failure share, 0–1, that the canary may have alone: 1.5 times what the stable had, but for chance, and 0.001. The stable's is
 * taken as its upper confidence bound at 1 − alpha/4 (Garwood, Biometrika 28 (1936)). 1, so no alarm, without requests.
 *
 * @param stable its requests while both versions ran
 * @param alpha of the whole guard
 */
export function referenceShare({ requests, failed }: Arm, alpha: number): number {
    if (requests === 0) return 1;
    return Math.min(1, (1.5 * gammaUpperQuantile(alpha / 4, failed + 1)) / requests + 0.001);
}

export function bakeStart(): BakeState {
    return mixtureStart();
}

/**
 * The state after one more scrape. A scrape without any requests changes nothing.
 *
 * @param arms what each source saw of the canary in this scrape, in any order
 * @throws RangeError for a count that is negative or not a number
 */
export function bakeAfter(state: BakeState, arms: readonly Arm[], options: BakeOptions): BakeState {
    // The reference may be wrong too, so that alpha is shared.
    const half = { ...options, alpha: options.alpha / 2 };
    return oneSampleAfter(state, arms, options.reference, half);
}

/** ln E, in nats: 0 at the start; roll back at ln(2/alpha) or more. Not for a shared incident: it compares with the past. */
export function bakeEvidence(state: BakeState): number {
    return mixtureEvidence(state);
}
