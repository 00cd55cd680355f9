/** What a rollout would take, before anything runs: `istio-canary plan`. */

import { scrapesToHarm, scrapesToNonInferiority } from "../statistics";
import { secondsToSee } from "./probeWeight";
import { type About, harmOptions, milliseconds, safeMargin } from "./rolloutSettings";

/** Failure shares of a canary that a person may want to be told of. */
const FAULTS = [1, 0.2, 0.05, 0.01];

export interface FaultForecast {
    /** Failure share of the canary, 0–1. */
    readonly share: number;
    /** Seconds and failed requests until it is rolled back, as expected; undefined when it is not seen within `maxTotal`. */
    readonly seen?: { readonly seconds: number; readonly failed: number };
}

export interface PhaseForecast {
    readonly weight: number;
    readonly probe: boolean;
    /** Requests per minute that the canary gets. */
    readonly perMinute: number;
    /** Seconds until a healthy canary passes, as expected, and why no sooner; undefined at no traffic. */
    readonly seconds: number | undefined;
    readonly because: "minDwell" | "evidence" | "maxDwell" | "bake" | "deadline";
    /** Failed requests in the worst case: everything fails, from the first request to weight 0. */
    readonly worst: number;
    readonly faults: readonly FaultForecast[];
}

export interface Forecast {
    readonly rate: number;
    /** Failure share of the stable, 0–1. */
    readonly stableShare: number;
    readonly phases: readonly PhaseForecast[];
    /** Seconds of the whole rollout, or undefined when a phase does not pass by itself. */
    readonly seconds: number | undefined;
    /** The largest of the phases' worst cases. */
    readonly worst: number;
}

/**
 * @param about ladder, probe and tests of the rollout; `rate` are requests per second to both versions
 * @param stableShare failure share of the stable now, 0–1
 */
export function forecast(about: About, stableShare: number): Forecast {
    const phases = about.ladder.map((weight) => phaseForecast(about, weight, stableShare));
    const known = phases.every(({ seconds }) => seconds !== undefined);
    return {
        rate: about.rate,
        stableShare,
        phases,
        seconds: known ? phases.reduce((sum, { seconds = 0 }) => sum + seconds, 0) : undefined,
        worst: Math.max(...phases.map(({ worst }) => worst)),
    };
}

function phaseForecast(about: About, weight: number, stableShare: number): PhaseForecast {
    const { analysis, rate } = about;
    const interval = milliseconds(analysis.interval) / 1_000;
    const traffic = { requests: rate * interval, weight, stableShare };
    const perSecond = (rate * weight) / 100;
    return {
        weight,
        probe: about.probe && weight === about.ladder[0],
        perMinute: 60 * perSecond,
        ...healthy(about, weight, stableShare),
        worst: Math.ceil(perSecond * secondsToSee(analysis)),
        faults: FAULTS.filter((share) => share > stableShare + analysis.margin).map((share) => {
            const harm = scrapesToHarm({ ...traffic, canaryShare: share }, harmOptions(about));
            if (harm === undefined || weight === 100) return { share };
            const seconds = (harm.scrapes + analysis.warmUp) * interval;
            return { share, seen: { seconds, failed: Math.ceil(seconds * perSecond * share) } };
        }),
    };
}

function healthy(
    about: About,
    weight: number,
    stableShare: number,
): Pick<PhaseForecast, "seconds" | "because"> {
    const { analysis, rate } = about;
    const [least, most, bake, deadline] = [
        analysis.minDwell,
        analysis.maxDwell,
        analysis.bake,
        analysis.deadline,
    ].map((text) => milliseconds(text) / 1_000) as [number, number, number, number];
    if (rate === 0) return { seconds: undefined, because: "deadline" };
    const enough = analysis.minRequests / ((rate * weight) / 100);
    if (weight === 100) return { seconds: Math.max(bake, enough), because: "bake" };
    const interval = milliseconds(analysis.interval) / 1_000;
    const shown = scrapesToNonInferiority(
        { requests: rate * interval, weight, stableShare, canaryShare: stableShare },
        {
            margin: safeMargin(about, weight),
            dispersion: about.dispersion,
            beta: analysis.falseAdvance,
        },
    );
    const evidence = shown === undefined ? Number.POSITIVE_INFINITY : shown.scrapes * interval;
    const floor = Math.max(least, enough);
    if (evidence <= floor) return { seconds: floor, because: "minDwell" };
    const last = about.ladder.at(-2) === weight;
    if (!last && analysis.exposureBudget === undefined && evidence > Math.max(most, enough)) {
        return { seconds: Math.max(most, enough), because: "maxDwell" };
    }
    if (evidence > deadline) return { seconds: undefined, because: "deadline" };
    return { seconds: evidence, because: "evidence" };
}
