/** Settings of a rollout's analysis; fixed when the rollout begins. */
import { parseDuration } from "../../../rollout/config/duration";
import type { Slot } from "../../../rollout/config/slots";
import type { Analysis } from "../config/analysis";
import { judged } from "../config/metricConfig";
import {
    BAKE_FIRST_ONSET,
    HARM_RATIOS,
    type HarmOptions,
    LATENCY_RATIOS,
    type MixtureOptions,
} from "../statistics";

export interface RolloutSettings {
    readonly stable: Slot;
    readonly canary: Slot;
    /** Weights of the phases in order, including the probe. */
    readonly ladder: readonly number[];
    /** Whether the first weight is a probe, below the configured ladder. */
    readonly probe: boolean;
    readonly analysis: Analysis;
    /** Latency bounds to test, milliseconds; chosen from the stable's histogram before the rollout. */
    readonly bounds: readonly number[];
    /** φ, measured over the stable's pods before the rollout. */
    readonly dispersion: number;
    /** Requests per second to the service before the rollout. */
    readonly rate: number;
}

/** A phase can pass only below this evidence of harm (ln E): at odds of 20 to 1 the driver waits for more samples. */
export const SUSPICION = Math.log(20);

/** Prior probability that a fault is present from the start. */
const FIRST_ONSET = 0.5;

/** Maximum number of scrapes in which a fault is assumed to begin. */
function maxScrapes({ analysis }: RolloutSettings): number {
    return Math.max(
        2,
        Math.ceil(milliseconds(analysis.maxTotal) / milliseconds(analysis.interval)),
    );
}

export function milliseconds(duration: string): number {
    return parseDuration(duration) ?? 0;
}

function mixture(
    settings: RolloutSettings,
    alpha: number,
    ratios: readonly number[],
): MixtureOptions {
    return {
        alpha,
        ratios,
        corroboration: settings.analysis.corroboration,
        maxScrapes: maxScrapes(settings),
        firstOnset: FIRST_ONSET,
        dispersion: settings.dispersion,
    };
}

/** H0: the canary fails no more than the stable plus `margin`. */
export function harmOptions(settings: RolloutSettings): HarmOptions {
    const { falseRollback, margin } = settings.analysis;
    return { ...mixture(settings, falseRollback, HARM_RATIOS), baseRatio: 1, margin };
}

/** H0: the canary has no more than `ratio` times the stable's share of slow requests plus `margin`. */
export function slowOptions(settings: RolloutSettings): HarmOptions {
    const { falseRollback, ratio, margin } = settings.analysis.latency;
    return { ...mixture(settings, falseRollback, LATENCY_RATIOS), baseRatio: ratio, margin };
}

/** H0: a custom counter of the canary is no worse than the stable's plus `margin`. */
export function metricOptions(settings: RolloutSettings, index: number): HarmOptions {
    const metric = settings.analysis.metrics[index];
    const { falseRollback = 0.005, margin = 0 } = metric === undefined ? {} : judged(metric);
    return { ...mixture(settings, falseRollback, HARM_RATIOS), baseRatio: 1, margin };
}

/** H0: at most the objective's share of requests fails. */
export function objectiveOptions(settings: RolloutSettings, objective: number) {
    return { ...mixture(settings, settings.analysis.falseRollback, HARM_RATIOS), objective };
}

/** H0: at 100 % the canary fails no more than `reference`. */
export function bakeOptions(settings: RolloutSettings, reference: number) {
    const { bake, interval, falseRollback } = settings.analysis;
    const scrapes = Math.ceil(milliseconds(bake) / milliseconds(interval));
    return {
        ...mixture(settings, falseRollback, HARM_RATIOS),
        firstOnset: BAKE_FIRST_ONSET,
        maxScrapes: Math.max(2, scrapes),
        reference,
    };
}

/** The weight after this one; undefined after the last. */
export function nextWeight({ ladder }: RolloutSettings, weight: number): number | undefined {
    return ladder.find((one) => one > weight);
}

/** The weight below 100 % at which both versions get requests; undefined if the ladder has none. */
export function weightToCompareAt({ ladder }: RolloutSettings): number | undefined {
    return ladder.findLast((one) => one < 100);
}

/**
 * How much more than the stable a canary may fail to pass: at the next weight that may cost at most `blast` of all requests and,
 * with an exposure budget, at most the budget within `minDwell`.
 */
export function safeMargin(settings: RolloutSettings, weight: number): number {
    const { blast, exposureBudget, minDwell } = settings.analysis;
    const next = (nextWeight(settings, weight) ?? 100) / 100;
    if (exposureBudget === undefined) return blast / next;
    const requests = settings.rate * next * (milliseconds(minDwell) / 1_000);
    return Math.min(blast / next, requests > 0 ? exposureBudget / requests : 1);
}
