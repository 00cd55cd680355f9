/** The gates of the analysis: at every sample, each returns a verdict with the numbers behind it. */

import {
    bakeEvidence,
    harmEvidence,
    latencyEvidence,
    nonInferiorityEvidence,
    sloEvidence,
} from "../statistics";
import { countText, durationText, numberText, oddsText, percentText } from "../text";
import type { AnalysisState } from "./analysisState";
import { metricGate } from "./customMetrics";
import { type GateVerdict, gate } from "./decision";
import {
    milliseconds,
    nextWeight,
    type RolloutSettings,
    SUSPICION,
    safeMargin,
    weightToCompareAt,
} from "./rolloutSettings";

/** Failed canary requests beyond the stable's share; at least 0. */
export function excessFailures({ counts: { canary, stable } }: AnalysisState): number {
    const expected = stable.requests > 0 ? (canary.requests * stable.failed) / stable.requests : 0;
    return Math.max(0, canary.failed - expected);
}

/** The verdicts of all gates of the current phase. */
export function judgeGates(
    settings: RolloutSettings,
    state: AnalysisState,
    now: number,
): GateVerdict[] {
    return [
        traffic(settings, state, now),
        errors(settings, state),
        ...(state.phase.weight === 100 ? [bake(settings, state)] : []),
        ...latency(settings, state),
        ...objective(settings, state),
        ...exposure(settings, state),
        ...settings.analysis.metrics.map((metric, index) =>
            metricGate(metric, state.metrics[index]),
        ),
    ];
}

/** Up to this many intervals without requests can be a late scrape; more mean that there is no traffic. */
const MAX_SILENT_INTERVALS = 2;

/** Whether there have been enough requests and still are some, because time is no evidence for a canary without traffic. */
function traffic(settings: RolloutSettings, state: AnalysisState, now: number): GateVerdict {
    const { minRequests, interval } = settings.analysis;
    const { weight, calledAt } = state.phase;
    const { canary, stable } = state.phase.counts;
    const dwell = durationText((now - state.phase.since) / 1_000);
    const silence = now - calledAt;
    const silent = canary.requests > 0 && silence > MAX_SILENT_INTERVALS * milliseconds(interval);
    const found = `${countText(canary.requests, "canary request")} in ${dwell}`;
    if (canary.requests >= minRequests && !silent) return gate("traffic", "pass", found);
    if (canary.requests === 0 && state.phase.routedAt === undefined) {
        return gate("traffic", "inconclusive", "callers do not have the weight yet");
    }
    if (canary.requests === 0 && stable.requests >= (minRequests * (100 - weight)) / weight) {
        const all = countText(stable.requests, "request");
        const reason = `the canary got none of ${all} in ${dwell} at weight ${weight}; check whether callers use the route`;
        return gate("traffic", "inconclusive", reason);
    }
    if (silent || canary.requests + stable.requests === 0) {
        const reason = `no requests to either version for ${durationText(silence / 1_000)}`;
        return gate("traffic", "inconclusive", reason);
    }
    return gate("traffic", "inconclusive", `${found}, expected at least ${minRequests}`);
}

function errors(settings: RolloutSettings, state: AnalysisState): GateVerdict {
    const { analysis } = settings;
    const evidence = harmEvidence(state.harm);
    const limit = Math.log(1 / analysis.falseRollback);
    const shares = comparison(state);
    if (evidence >= limit) {
        const reason = `the canary fails more than the stable: ${shares}; odds ${oddsText(evidence)} to 1, rollback at ${oddsText(limit)}${unreceived(state)}`;
        return gate("errors", "fail", reason);
    }
    if (evidence >= SUSPICION) {
        const reason = `odds ${oddsText(evidence)} to 1 that the canary fails more than the stable: ${shares}`;
        return gate("errors", "inconclusive", reason);
    }
    if (state.phase.weight === 100) {
        return gate("errors", "pass", `the stable gets no requests to compare with: ${shares}`);
    }
    const safe = nonInferiorityEvidence(state.phase.safe);
    const safeLimit = Math.log(1 / analysis.falseAdvance);
    const margin = percentText(safeMargin(settings, state.phase.weight));
    const next = nextWeight(settings, state.phase.weight) ?? 100;
    const odds = `odds ${oddsText(safe)} to 1 that the canary fails at most ${margin} more, as weight ${next} requires; passes at ${oddsText(safeLimit)}`;
    return gate("errors", safe >= safeLimit ? "pass" : "inconclusive", `${shares}; ${odds}`);
}

/** Failures that the canary's own sidecars did not count: interrupted requests, or ones that never reached a pod. */
function unreceived({ counts, received }: AnalysisState): string {
    const uncounted = counts.canary.failed - received.canary.failed;
    if (received.canary.requests === 0 || uncounted < counts.canary.failed / 2) return "";
    return `; the canary's own sidecars counted only ${countText(received.canary.failed, "failure")}, so the other requests were interrupted or never reached a pod`;
}

/** Number of attempts at 100 %. If the last one looks worse too, the driver rolls back instead of retreating. */
const MAX_BAKES = 3;

/**
 * At 100 % the stable gets no requests, so an incident that affects both versions looks like a fault of the canary. The rollout
 * therefore retreats to the weight below, where the harm test can distinguish the two.
 */
function bake(settings: RolloutSettings, state: AnalysisState): GateVerdict {
    const share = bakeText(state);
    const evidence = bakeEvidence(state.bake);
    const limit = bakeLimit(settings);
    const odds = `odds ${oddsText(evidence)} to 1`;
    if (evidence < SUSPICION) {
        return gate("bake", "pass", `${share}; ${odds} that the canary is worse`);
    }
    if (evidence < limit) {
        return gate("bake", "inconclusive", `${share}; ${odds} that the canary is worse`);
    }
    const below = weightToCompareAt(settings);
    if (below !== undefined && state.bakes < MAX_BAKES) {
        const reason = `${share}; ${odds}: both versions are compared again at weight ${below}`;
        return gate("bake", "inconclusive", reason);
    }
    return gate("bake", "fail", `${share}; ${odds}, rollback at ${oddsText(limit)}`);
}

/** The weight at which to compare both versions again; undefined if that is not necessary or not possible. */
export function mustCompare(settings: RolloutSettings, state: AnalysisState): number | undefined {
    if (state.phase.weight !== 100 || bakeEvidence(state.bake) < bakeLimit(settings)) {
        return undefined;
    }
    return state.bakes < MAX_BAKES ? weightToCompareAt(settings) : undefined;
}

function bakeLimit({ analysis }: RolloutSettings): number {
    return Math.log(2 / analysis.falseRollback);
}

function bakeText({ phase: { counts }, reference }: AnalysisState): string {
    const { requests, failed } = counts.canary;
    return `${numberText(failed)} of ${countText(requests, "request")} failed at 100 %, expected at most ${percentText(reference)}`;
}

function latency(settings: RolloutSettings, state: AnalysisState): GateVerdict[] {
    const { enabled, falseRollback, ratio } = settings.analysis.latency;
    if (!enabled) return [];
    if (state.slow.bounds.length === 0) {
        const reason = "not judged, because the stable had no latency histogram before the rollout";
        return [gate("latency", "pass", reason)];
    }
    const evidence = latencyEvidence(state.slow);
    const limit = Math.log(1 / falseRollback);
    const bounds = `above ${state.slow.bounds.join(", ")} ms`;
    const reason = `odds ${oddsText(evidence)} to 1 that the canary has more than ${ratio} times the stable's share of slow requests (${bounds}); rollback at ${oddsText(limit)}`;
    if (evidence >= limit) return [gate("latency", "fail", reason)];
    return [gate("latency", evidence >= SUSPICION ? "inconclusive" : "pass", reason)];
}

/** An absolute objective: if only the canary misses it, the driver rolls back; while the stable misses it too, the phase holds. */
function objective(settings: RolloutSettings, state: AnalysisState): GateVerdict[] {
    const { errorShare } = settings.analysis.objective;
    if (errorShare === undefined) return [];
    const { canary, stable } = state.phase.counts;
    const evidence = sloEvidence(state.objective);
    const limit = Math.log(1 / settings.analysis.falseRollback);
    const misses = (arm: typeof canary) =>
        arm.requests > 0 && arm.failed / arm.requests > errorShare;
    const found = `${comparison(state)}; the objective is ${percentText(errorShare)}`;
    if (evidence >= limit && stable.requests > 0 && !misses(stable)) {
        const reason = `only the canary misses the objective: ${found}; odds ${oddsText(evidence)} to 1`;
        return [gate("objective", "fail", reason)];
    }
    if (misses(stable)) {
        return [gate("objective", "inconclusive", `the stable misses the objective too: ${found}`)];
    }
    const verdict = misses(canary) ? "inconclusive" : "pass";
    return [gate("objective", verdict, found)];
}

function exposure(settings: RolloutSettings, state: AnalysisState): GateVerdict[] {
    const { exposureBudget } = settings.analysis;
    if (exposureBudget === undefined) return [];
    const spent = excessFailures(state);
    const reason = `${numberText(spent, 1)} of a budget of ${numberText(exposureBudget)} failed requests spent`;
    return [gate("exposure", spent >= exposureBudget ? "fail" : "pass", reason)];
}

function comparison({ counts: { canary, stable } }: AnalysisState): string {
    const text = ({ failed, requests }: typeof canary) =>
        `${numberText(failed)} of ${numberText(requests)}`;
    return `${text(canary)} canary requests and ${text(stable)} stable requests failed`;
}
