/** What is measured before a rollout: traffic, latency, and how the stable usually fails. */
import type { Slot } from "../../../rollout/config/slots";
import type { Analysis } from "../config/analysis";
import { durationHistogram, measuredRate, podCounts, sharesOverTime } from "../counts/baseline";
import type { Window } from "../counts/observation";
import {
    type Arm,
    addArms,
    clustering,
    dispersion,
    isClustered,
    latencyBounds,
} from "../statistics";
import type { RolloutSettings, UsualFailures } from "./rolloutSettings";

export type Baseline = Pick<RolloutSettings, "bounds" | "dispersion" | "rate" | "usual">;

/**
 * @param window of the stable alone, for example of ten minutes
 */
export function measureBaseline(window: Window, stable: Slot, analysis: Analysis): Baseline {
    const pods = podCounts(window, stable);
    const usual = usualFailures(sharesOverTime(window), pods);
    return {
        bounds: analysis.latency.enabled ? latencyBounds(durationHistogram(window, stable)) : [],
        dispersion: dispersion(pods),
        rate: measuredRate(window),
        ...(usual !== undefined && { usual }),
    };
}

/** Stretches of time per minute. */
const PER_MINUTE = 4;
/** Share of the stretches that an incident may fill without being usual. */
const UNUSUAL = 0.15;
const FEWEST_MINUTES = 3;

/**
 * How all of the service's requests usually fail, if the failures come in clusters; undefined otherwise, or if too little is known.
 * @param stretches of 15 s
 */
export function usualFailures(
    stretches: readonly Arm[],
    pods: readonly Arm[],
): UsualFailures | undefined {
    if (!isClustered(pods)) return undefined;
    const minutes: Arm[] = [];
    for (let k = 0; k + PER_MINUTE <= stretches.length; k += PER_MINUTE) {
        minutes.push(stretches.slice(k, k + PER_MINUTE).reduce(addArms));
    }
    const shares = minutes
        .filter(({ requests }) => requests > 0)
        .map(({ requests, failed }) => failed / requests)
        .sort((a, b) => a - b);
    const failedShare = shares[Math.floor(shares.length / 2)];
    if (failedShare === undefined || shares.length < FEWEST_MINUTES) return undefined;
    const ordinary = [...stretches]
        .sort((a, b) => a.failed - b.failed)
        .slice(0, Math.ceil((1 - UNUSUAL) * stretches.length));
    return { failedShare, dispersion: clustering(ordinary) };
}
