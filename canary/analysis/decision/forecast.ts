/** The forecast of `istio-canary plan`: the duration of a rollout, and the cost of a fault. */

import { scrapesToHarm, scrapesToNonInferiority } from "../statistics";
import { secondsToDetect } from "./probeWeight";
import {
    bakeWeight,
    grossOptions,
    harmOptions,
    milliseconds,
    nextWeight,
    type RolloutSettings,
    safeMargin,
} from "./rolloutSettings";

/** Failure shares of the faulty canaries in the forecast. */
const FAULTS = [1, 0.2, 0.05, 0.01];

export interface FaultForecast {
    /** Failure share of the canary, 0–1. */
    readonly share: number;
    /** Expected seconds and failed requests until the rollback; undefined if it is not detected within `maxTotal`. */
    readonly detected?: { readonly seconds: number; readonly failed: number };
}

export interface PhaseForecast {
    readonly weight: number;
    readonly probe: boolean;
    /** Requests per minute that the canary gets. */
    readonly perMinute: number;
    /** Expected seconds until a healthy canary passes; undefined if it does not pass. */
    readonly seconds: number | undefined;
    /** What determines `seconds`. */
    readonly because: "minDwell" | "warmUp" | "evidence" | "maxDwell" | "bake" | "deadline";
    /** Failed requests in the worst case, in which every canary request fails until the weight is 0. */
    readonly worst: number;
    readonly faults: readonly FaultForecast[];
}

export interface Forecast {
    readonly rate: number;
    /** Failure share of the stable, 0–1. */
    readonly stableShare: number;
    readonly phases: readonly PhaseForecast[];
    /** Expected seconds of the whole rollout; undefined if a phase does not pass. */
    readonly seconds: number | undefined;
    /** Failed requests of the worst phase. */
    readonly worst: number;
}

/**
 * @param settings their `rate` is in requests per second to both versions
 * @param stableShare current failure share of the stable, 0–1
 */
export function forecast(settings: RolloutSettings, stableShare: number): Forecast {
    const phases = settings.ladder.map((weight) => phaseForecast(settings, weight, stableShare));
    const known = phases.every(({ seconds }) => seconds !== undefined);
    return {
        rate: settings.rate,
        stableShare,
        phases,
        seconds: known ? phases.reduce((sum, { seconds = 0 }) => sum + seconds, 0) : undefined,
        worst: Math.max(...phases.map(({ worst }) => worst)),
    };
}

function phaseForecast(
    settings: RolloutSettings,
    weight: number,
    stableShare: number,
): PhaseForecast {
    const { analysis, rate } = settings;
    const interval = milliseconds(analysis.interval) / 1_000;
    const traffic = { requests: rate * interval, weight, stableShare };
    const perSecond = (rate * weight) / 100;
    return {
        weight,
        probe: settings.probe && weight === settings.ladder[0],
        perMinute: 60 * perSecond,
        ...healthy(settings, weight, stableShare),
        worst: Math.ceil(perSecond * secondsToDetect(analysis)),
        faults: FAULTS.filter((share) => share > stableShare + analysis.margin).map((share) => {
            const faulty = { ...traffic, canaryShare: share };
            const early = scrapesToHarm(faulty, grossOptions(settings))?.scrapes ?? Infinity;
            const harm = scrapesToHarm(faulty, harmOptions(settings))?.scrapes ?? Infinity;
            const warmUp = milliseconds(analysis.warmUp.errors) / 1_000;
            const seconds = Math.min(early * interval, warmUp + harm * interval);
            if (!Number.isFinite(seconds) || weight >= bakeWeight(settings)) return { share };
            return { share, detected: { seconds, failed: Math.ceil(seconds * perSecond * share) } };
        }),
    };
}

/** Seconds until there is a first verdict on latency; 0 if it is not judged. */
function secondsToJudgeLatency({ analysis, bounds }: RolloutSettings): number {
    if (!analysis.latency.enabled || bounds.length === 0) return 0;
    return (milliseconds(analysis.warmUp.latency) + 3 * milliseconds(analysis.interval)) / 1_000;
}

function healthy(
    settings: RolloutSettings,
    weight: number,
    stableShare: number,
): Pick<PhaseForecast, "seconds" | "because"> {
    const { analysis, rate } = settings;
    const [least, most, bake, deadline] = [
        analysis.minDwell,
        analysis.maxDwell,
        analysis.bake,
        analysis.deadline,
    ].map((text) => milliseconds(text) / 1_000) as [number, number, number, number];
    if (rate === 0) return { seconds: undefined, because: "deadline" };
    const enough = analysis.minRequests / ((rate * weight) / 100);
    if (enough > deadline) return { seconds: undefined, because: "deadline" };
    if (weight === bakeWeight(settings)) {
        return { seconds: Math.max(bake, enough), because: "bake" };
    }
    if (weight === 100) {
        return { seconds: Math.max(Math.min(least, bake), enough), because: "minDwell" };
    }
    const interval = milliseconds(analysis.interval) / 1_000;
    const expected = scrapesToNonInferiority(
        { requests: rate * interval, weight, stableShare, canaryShare: stableShare },
        {
            margin: safeMargin(settings, weight),
            dispersion: settings.dispersion,
            beta: analysis.falseAdvance,
        },
    );
    const evidence =
        expected === undefined ? Number.POSITIVE_INFINITY : expected.scrapes * interval;
    const floor = Math.max(least, enough);
    const warm = weight === settings.ladder[0] ? secondsToJudgeLatency(settings) : 0;
    if (warm > Math.max(floor, evidence)) return { seconds: warm, because: "warmUp" };
    if (evidence <= floor) return { seconds: floor, because: "minDwell" };
    const last = nextWeight(settings, weight) === bakeWeight(settings);
    if (!last && analysis.exposureBudget === undefined && evidence > Math.max(most, enough)) {
        return { seconds: Math.max(most, enough), because: "maxDwell" };
    }
    if (evidence > deadline) return { seconds: undefined, because: "deadline" };
    return { seconds: evidence, because: "evidence" };
}
