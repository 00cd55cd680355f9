/** Settings of a rollout's analysis; fixed when the rollout begins. */
import { parseDuration } from "../../../rollout/config/duration";
import type { Slot } from "../../../rollout/config/slots";
import type { Analysis } from "../config/analysis";
import { judged } from "../config/metricConfig";
import type { ClientError } from "../counts/failures";
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
    /** Set if the failures before the rollout came in clusters. */
    readonly usual?: UsualFailures;
}

/**
 * How the service usually fails, if its failures come in clusters: a client that always fails and keeps its connection, or bursts at
 * one pod. When such a cluster reaches the canary, it looks like a fault of the canary, but the service fails no more than before.
 */
export interface UsualFailures {
    /** Of all requests, in the median minute, 0–1. */
    readonly failedShare: number;
    /** φ over time. */
    readonly dispersion: number;
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

/** Every decision reads the same few durations. */
const parsed = new Map<string, number>();

export function milliseconds(duration: string): number {
    const known = parsed.get(duration);
    if (known !== undefined) return known;
    const value = parseDuration(duration) ?? 0;
    parsed.set(duration, value);
    return value;
}

/** Every decision asks for the same options, and settings do not change. */
function oncePerSettings<Options>(make: (settings: RolloutSettings) => Options) {
    const known = new WeakMap<RolloutSettings, Options>();
    return (settings: RolloutSettings): Options => {
        const options = known.get(settings) ?? make(settings);
        known.set(settings, options);
        return options;
    };
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
        burst: milliseconds(settings.analysis.burst),
        maxScrapes: maxScrapes(settings),
        firstOnset: FIRST_ONSET,
        dispersion: settings.dispersion,
    };
}

/** Parts of `falseRollback`: of the test that leaves out the warm-up, and of the one that does not. */
const PARTS = { harm: 0.8, gross: 0.2 };
/** What the first requests to a new pod may add to the failures of a healthy version. */
const WARM_UP_MARGIN = 0.03;

/** H0: the canary fails no more than the stable plus `margin`. */
export const harmOptions = oncePerSettings((settings): HarmOptions => {
    const { falseRollback, margin } = settings.analysis;
    const alpha = PARTS.harm * falseRollback;
    return { ...mixture(settings, alpha, HARM_RATIOS), baseRatio: 1, margin };
});

/** Tolerance of what is usual, which is itself an estimate. */
const USUAL_RATIO = 1.3;

/** H0: both versions together fail no more than usual. */
export function addedOptions(settings: RolloutSettings, usual: UsualFailures) {
    return {
        ...mixture(settings, settings.analysis.falseRollback, HARM_RATIOS),
        dispersion: usual.dispersion,
        objective: USUAL_RATIO * usual.failedShare + settings.analysis.margin,
    };
}

/** H0: the canary fails no more than the stable plus what a warm-up adds. */
export const grossOptions = oncePerSettings((settings): HarmOptions => {
    const { falseRollback, margin } = settings.analysis;
    const alpha = PARTS.gross * falseRollback;
    return {
        ...mixture(settings, alpha, HARM_RATIOS),
        baseRatio: 1,
        margin: Math.max(margin, WARM_UP_MARGIN),
    };
});

/** The same without the margin: is the canary worse at all? */
export const worseOptions = oncePerSettings((settings): HarmOptions => {
    return { ...harmOptions(settings), margin: 0 };
});

/** Client errors: the stable's share may be exceeded by half. */
const CLIENT_ERROR_RATIO = 1.5;

/** The key under `clientErrors` with the margin of a kind. */
export type ClientErrorMargin = "margin" | "otherMargin";

export function marginOf(kind: ClientError): ClientErrorMargin {
    return kind === "invalid" || kind === "cancelled" ? "otherMargin" : "margin";
}

/** H0: the canary has no more client errors of a kind than 1.5 times the stable's share plus the margin. */
export function clientErrorOptions(
    settings: RolloutSettings,
    margin: ClientErrorMargin,
): HarmOptions {
    return margin === "margin" ? rejectionOptions(settings) : otherErrorOptions(settings);
}

const rejectionOptions = oncePerSettings((settings) =>
    rejectedOptions(settings, settings.analysis.clientErrors.margin),
);
const otherErrorOptions = oncePerSettings((settings) =>
    rejectedOptions(settings, settings.analysis.clientErrors.otherMargin),
);

function rejectedOptions(settings: RolloutSettings, margin: number): HarmOptions {
    const { falseRollback } = settings.analysis.clientErrors;
    return {
        ...mixture(settings, falseRollback, HARM_RATIOS),
        baseRatio: CLIENT_ERROR_RATIO,
        margin,
    };
}

/** H0: the canary has no more than `ratio` times the stable's share of slow requests plus `margin`. */
export const slowOptions = oncePerSettings((settings): HarmOptions => {
    const { falseRollback, ratio, margin } = settings.analysis.latency;
    return { ...mixture(settings, falseRollback, LATENCY_RATIOS), baseRatio: ratio, margin };
});

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

/** The weight at which the rollout bakes: the last below 100 with `holdback`, else 100. */
export function bakeWeight({ ladder, analysis }: RolloutSettings): number {
    const weight = 100 - analysis.holdback;
    return ladder.includes(weight) ? weight : 100;
}

/** The weight after this one; undefined after the last. */
export function nextWeight({ ladder }: RolloutSettings, weight: number): number | undefined {
    return ladder.find((one) => one > weight);
}

/** The weight below the bake at which both versions get requests; undefined if the ladder has none. */
export function weightToCompareAt(settings: RolloutSettings): number | undefined {
    return settings.ladder.findLast((one) => one < bakeWeight(settings));
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
