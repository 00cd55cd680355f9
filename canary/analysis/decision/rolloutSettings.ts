/** The tests of one rollout, with their options, as its config and its ladder have them. */
import { parseDuration } from "../../../rollout/config/duration";
import type { Started } from "../record/record";
import {
    BAKE_FIRST_ONSET,
    HARM_RATIOS,
    type HarmOptions,
    LATENCY_RATIOS,
    type MixtureOptions,
} from "../statistics";

/** What the analysis of a rollout depends on; fixed when it starts. */
export type About = Pick<
    Started,
    "analysis" | "ladder" | "probe" | "bounds" | "dispersion" | "rate" | "stable" | "canary"
>;

/** Below this much evidence of harm (ln E) a phase may pass: odds of 20 to 1 are a reason to look longer. */
export const DOUBT = Math.log(20);

/** Of the bet on when a fault begins, on its being there from the start. */
const FIRST_ONSET = 0.5;

/** The most scrapes in which a fault is bet to begin. */
function maxScrapes({ analysis }: About): number {
    return Math.max(
        2,
        Math.ceil(milliseconds(analysis.maxTotal) / milliseconds(analysis.interval)),
    );
}

export function milliseconds(duration: string): number {
    return parseDuration(duration) ?? 0;
}

function mixture(about: About, alpha: number, ratios: readonly number[]): MixtureOptions {
    return {
        alpha,
        ratios,
        corroboration: about.analysis.corroboration,
        maxScrapes: maxScrapes(about),
        firstOnset: FIRST_ONSET,
        dispersion: about.dispersion,
    };
}

/** H0: the canary fails no more than the stable, and `margin`. */
export function harmOptions(about: About): HarmOptions {
    const { falseRollback, margin } = about.analysis;
    return { ...mixture(about, falseRollback, HARM_RATIOS), baseRatio: 1, margin };
}

/** H0: the canary has no more than `ratio` times the stable's share of slow requests, and `margin`. */
export function slowOptions(about: About): HarmOptions {
    const { falseRollback, ratio, margin } = about.analysis.latency;
    return { ...mixture(about, falseRollback, LATENCY_RATIOS), baseRatio: ratio, margin };
}

/** H0: a count of the user's own is no worse than the stable's, and `margin`. */
export function metricOptions(about: About, index: number): HarmOptions {
    const { falseRollback = 0.005, margin = 0 } = about.analysis.metrics[index] ?? {};
    return { ...mixture(about, falseRollback, HARM_RATIOS), baseRatio: 1, margin };
}

/** H0: no more than the objective's share fails. */
export function objectiveOptions(about: About, objective: number) {
    return { ...mixture(about, about.analysis.falseRollback, HARM_RATIOS), objective };
}

/** H0: at 100 % no more fails than did before. */
export function bakeOptions(about: About, reference: number) {
    const bakes = Math.ceil(
        milliseconds(about.analysis.bake) / milliseconds(about.analysis.interval),
    );
    return {
        ...mixture(about, about.analysis.falseRollback, HARM_RATIOS),
        firstOnset: BAKE_FIRST_ONSET,
        maxScrapes: Math.max(2, bakes),
        reference,
    };
}

/** The weight after a phase's; undefined after the last. */
export function nextWeight({ ladder }: About, weight: number): number | undefined {
    return ladder.find((one) => one > weight);
}

/** The weight below 100 % at which both versions have requests; undefined where the ladder has none. */
export function weightToCompareAt({ ladder }: About): number | undefined {
    return ladder.findLast((one) => one < 100);
}

/**
 * What a canary that passes may fail more than the stable: so little that at the next weight it costs at most `blast` of all
 * requests and, where there is an exposure budget, at most that within `minDwell`.
 */
export function safeMargin(about: About, weight: number): number {
    const { blast, exposureBudget, minDwell } = about.analysis;
    const next = (nextWeight(about, weight) ?? 100) / 100;
    if (exposureBudget === undefined) return blast / next;
    const requests = about.rate * next * (milliseconds(minDwell) / 1_000);
    return Math.min(blast / next, requests > 0 ? exposureBudget / requests : 1);
}
