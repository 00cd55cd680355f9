/** The gates of the analysis: at every sample, each returns a verdict with the numbers behind it. */

import {
    bakeEvidence,
    bakeSuspicion,
    harmEvidence,
    harmSuspicion,
    latencyEvidence,
    latencySuspicion,
    mixtureWhole,
    nonInferiorityEvidence,
    sloEvidence,
} from "../statistics";
import { countText, durationText, numberText, oddsText, percentText } from "../text";
import type { AnalysisState } from "./analysisState";
import { clientErrorGate } from "./clientErrors";
import { metricGates } from "./customMetrics";
import { type GateVerdict, gate } from "./decision";
import {
    bakeWeight,
    grossOptions,
    harmOptions,
    milliseconds,
    nextWeight,
    type RolloutSettings,
    SUSPICION,
    safeMargin,
    weightToCompareAt,
} from "./rolloutSettings";
import { slowBakeEvidence, slowBakeSuspicion } from "./slowBake";

/** Failed canary requests beyond the stable's share; at least 0. */
export function excessFailures({ excess }: AnalysisState): number {
    return Math.max(0, excess);
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
        ...clientErrorGate(settings, state.clientErrors),
        ...(state.phase.weight === 100 ? [bake(settings, state)] : []),
        ...latency(settings, state),
        ...objective(settings, state),
        ...exposure(settings, state),
        ...metricGates(settings.analysis.metrics, state.metrics),
    ];
}

/** Up to this many intervals without requests can be a late scrape; more mean that there is no traffic. */
const MAX_SILENT_INTERVALS = 2;
/** The same in average times between two requests. */
const MAX_SILENT_GAPS = 10;

/** Whether there have been enough requests and still are some, because time is no evidence for a canary without traffic. */
function traffic(settings: RolloutSettings, state: AnalysisState, now: number): GateVerdict {
    const { minRequests, interval } = settings.analysis;
    const { weight, calledAt, since } = state.phase;
    const { canary, stable } = state.phase.counts;
    const dwell = durationText((now - since) / 1_000);
    const silence = now - calledAt;
    const gap = (calledAt - since) / (canary.requests + stable.requests);
    const longest = Math.max(
        MAX_SILENT_INTERVALS * milliseconds(interval),
        MAX_SILENT_GAPS * (Number.isFinite(gap) ? gap : 0),
    );
    const silent = canary.requests > 0 && silence > longest;
    const found = `${countText(canary.requests, "canary request")} in ${dwell}`;
    if (canary.requests >= minRequests && !silent) return gate("traffic", "pass", found);
    if (canary.requests === 0 && state.phase.routedAt === undefined) {
        return gate("traffic", "inconclusive", "callers do not have the weight yet");
    }
    if (canary.requests === 0 && stable.requests > 0) {
        const all = countText(stable.requests, "request");
        const chance = percentText(chanceOfNone(state));
        const reason = `the canary got none of ${all} in ${dwell} at weight ${weight}, which happens by chance in ${chance}; check whether callers use the route; streams count only when they end`;
        return gate("traffic", "inconclusive", reason);
    }
    if (silent || canary.requests + stable.requests === 0) {
        const reason = `no requests to either version for ${durationText(silence / 1_000)}`;
        return gate("traffic", "inconclusive", reason);
    }
    return gate("traffic", "inconclusive", `${found}, expected at least ${minRequests}`);
}

/**
 * Probability that by chance none of this phase's requests went to the canary, 0–1. A stream that began before the phase had no
 * chance to, and the canary's own streams may still be open.
 */
export function chanceOfNone({ phase: { weight, counts, earlier } }: AnalysisState): number {
    return (1 - weight / 100) ** Math.max(0, counts.stable.requests - earlier);
}

function errors(settings: RolloutSettings, state: AnalysisState): GateVerdict {
    const { analysis } = settings;
    const { evidence, limit } = errorEvidence(settings, state);
    const shares = comparison(state);
    if (evidence >= limit) {
        const reason = `the canary fails more than the stable: ${shares}; odds ${oddsText(evidence)} to 1, rollback at ${oddsText(limit)}${unreceived(state)}`;
        return gate("errors", "fail", reason);
    }
    if (!isHarmless(settings, state)) {
        const odds = oddsText(harmSuspicion(state.harm));
        const reason = `odds ${odds} to 1 that the canary fails more than the stable: ${shares}`;
        return gate("errors", "inconclusive", reason);
    }
    const { weight } = state.phase;
    if (weight === 100) {
        return gate("errors", "pass", `the stable gets no requests to compare with: ${shares}`);
    }
    if (weight === bakeWeight(settings)) {
        const odds = `odds ${oddsText(evidence)} to 1 that the canary fails more`;
        return gate("errors", "pass", `${shares}; ${odds}`);
    }
    const safe = nonInferiorityEvidence(state.phase.safe);
    const safeLimit = Math.log(1 / analysis.falseAdvance);
    const margin = percentText(safeMargin(settings, weight));
    const next = nextWeight(settings, weight) ?? 100;
    const odds = `odds ${oddsText(safe)} to 1 that the canary fails at most ${margin} more, as weight ${next} requires; passes at ${oddsText(safeLimit)}`;
    return gate("errors", safe >= safeLimit ? "pass" : "inconclusive", `${shares}; ${odds}`);
}

/**
 * ln E of harm, and its limit: of the test that leaves out the warm-up, or of the other if that has reached its own limit. While the
 * canary fails most of its requests, neither a burst nor a warm-up explains it, and `corroboration` samples suffice.
 */
export function errorEvidence(
    settings: RolloutSettings,
    state: AnalysisState,
): { readonly evidence: number; readonly limit: number } {
    const { evidence, limit } = relativeEvidence(settings, state);
    // A cluster that is usual and has only moved to the canary adds nothing to the failures of the service.
    if (settings.usual === undefined) return { evidence, limit };
    return { evidence: Math.min(evidence, mixtureWhole(state.added)), limit };
}

/** Whether nothing speaks against the canary, not even a burst that may go on. */
export function isHarmless(
    { usual }: RolloutSettings,
    { harm, gross, added }: AnalysisState,
): boolean {
    const suspicion = Math.max(harmSuspicion(harm), harmSuspicion(gross));
    const ofAdded = usual === undefined ? Number.POSITIVE_INFINITY : mixtureWhole(added);
    return Math.min(suspicion, ofAdded) < SUSPICION;
}

function relativeEvidence(settings: RolloutSettings, state: AnalysisState) {
    const { harm, gross } = state;
    const ofGross = failsMostNow(settings, state) ? mixtureWhole(gross) : harmEvidence(gross);
    const grossLimit = Math.log(1 / grossOptions(settings).alpha);
    if (ofGross >= grossLimit) return { evidence: ofGross, limit: grossLimit };
    return { evidence: harmEvidence(harm), limit: Math.log(1 / harmOptions(settings).alpha) };
}

/** Whether the canary has failed most of its requests in enough samples in a row that neither a burst nor a warm-up explains it. */
function failsMostNow({ analysis }: RolloutSettings, { majority }: AnalysisState): boolean {
    return majority >= analysis.corroboration;
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
    const evidence = bakeEvidenceOf(settings, state);
    const odds = `${bakeText(state)}; odds ${oddsText(evidence)} to 1`;
    const limit = bakeLimit(settings);
    return gateAt100(settings, state, {
        name: "bake",
        evidence,
        suspicion: bakeSuspicion(state.bake),
        limit,
        odds,
        unclear: " that the canary is worse",
    });
}

/** A comparison with the past: on evidence a retreat, where both versions can be compared; a rollback, if that has not helped. */
function gateAt100(
    settings: RolloutSettings,
    state: AnalysisState,
    found: {
        readonly name: "bake" | "latency";
        readonly evidence: number;
        /** The evidence by which nothing passes. */
        readonly suspicion: number;
        readonly limit: number;
        readonly odds: string;
        /** Follows the odds while there is no evidence. */
        readonly unclear: string;
    },
): GateVerdict {
    const { name, evidence, suspicion, limit, odds, unclear } = found;
    if (evidence < limit) {
        const verdict = suspicion < SUSPICION ? "pass" : "inconclusive";
        return gate(name, verdict, `${odds}${unclear}`);
    }
    const below = weightToRetreatTo(settings, state);
    if (below === undefined) return gate(name, "fail", `${odds}, rollback at ${oddsText(limit)}`);
    const reason = `${odds}: both versions are compared again at weight ${below}`;
    return gate(name, "inconclusive", reason);
}

/** The weight at which to compare both versions again; undefined if that is not necessary or not possible. */
export function mustCompare(settings: RolloutSettings, state: AnalysisState): number | undefined {
    const isWorse =
        bakeEvidenceOf(settings, state) >= bakeLimit(settings) ||
        slowBakeEvidence(state.slowBake) >= slowBakeLimit(settings);
    return state.phase.weight === 100 && isWorse ? weightToRetreatTo(settings, state) : undefined;
}

/** A retreat condemns nobody, so that it need not wait until a burst that hits most requests may be over. */
function bakeEvidenceOf(settings: RolloutSettings, state: AnalysisState): number {
    const isEnough =
        failsMostNow(settings, state) && weightToRetreatTo(settings, state) !== undefined;
    return isEnough ? mixtureWhole(state.bake) : bakeEvidence(state.bake);
}

function weightToRetreatTo(settings: RolloutSettings, { bakes }: AnalysisState) {
    return bakes < MAX_BAKES ? weightToCompareAt(settings) : undefined;
}

function slowBakeLimit({ analysis }: RolloutSettings): number {
    return Math.log(2 / analysis.latency.falseRollback);
}

function bakeLimit({ analysis }: RolloutSettings): number {
    return Math.log(2 / analysis.falseRollback);
}

function bakeText({ phase: { counts }, reference }: AnalysisState): string {
    const { requests, failed } = counts.canary;
    return `${numberText(failed)} of ${countText(requests, "request")} failed at 100 %, expected at most ${percentText(reference)}`;
}

/** Samples after the warm-up that a first verdict on latency needs. */
const MIN_JUDGED = 3;

function latency(settings: RolloutSettings, state: AnalysisState): GateVerdict[] {
    const { enabled, falseRollback, ratio } = settings.analysis.latency;
    if (!enabled) return [];
    if (state.slow.bounds.length === 0) {
        const reason = "not judged, because the stable had no latency histogram before the rollout";
        return [gate("latency", "pass", reason)];
    }
    if (state.judged < MIN_JUDGED) {
        const { latency } = settings.analysis.warmUp;
        const reason = `judged from ${latency} after the first request of the canary's pods`;
        return [gate("latency", "inconclusive", reason)];
    }
    if (state.phase.weight === 100) return [latencyAt100(settings, state)];
    const evidence = latencyEvidence(state.slow);
    const limit = Math.log(1 / falseRollback);
    const bounds = `above ${state.slow.bounds.join(", ")} ms`;
    const reason = `odds ${oddsText(evidence)} to 1 that the canary has more than ${ratio} times the stable's share of slow requests (${bounds}); rollback at ${oddsText(limit)}`;
    if (evidence >= limit) return [gate("latency", "fail", reason)];
    const isSuspicious = latencySuspicion(state.slow) >= SUSPICION;
    return [gate("latency", isSuspicious ? "inconclusive" : "pass", reason)];
}

function latencyAt100(settings: RolloutSettings, state: AnalysisState): GateVerdict {
    const evidence = slowBakeEvidence(state.slowBake);
    const odds = `odds ${oddsText(evidence)} to 1 that the canary has more slow requests than the stable had (above ${state.slow.bounds.join(", ")} ms)`;
    const limit = slowBakeLimit(settings);
    const suspicion = slowBakeSuspicion(state.slowBake);
    const found = { name: "latency", evidence, suspicion, limit, odds, unclear: "" } as const;
    return gateAt100(settings, state, found);
}

/** An absolute objective: if only the canary misses it, the driver rolls back; while the stable misses it too, the phase holds. */
function objective(settings: RolloutSettings, state: AnalysisState): GateVerdict[] {
    const { errorShare } = settings.analysis.objective;
    if (errorShare === undefined) return [];
    const { canary, stable } = state.phase.counts;
    const limit = Math.log(1 / settings.analysis.falseRollback);
    // Both must hold: it misses the objective, and it fails more than the stable in the same samples.
    const evidence = Math.min(sloEvidence(state.objective), harmEvidence(state.worse));
    const misses = (arm: typeof canary) =>
        arm.requests > 0 && arm.failed / arm.requests > errorShare;
    const found = `${comparison(state)}; the objective is ${percentText(errorShare)}`;
    if (evidence >= limit) {
        const reason = `only the canary misses the objective: ${found}; odds ${oddsText(evidence)} to 1`;
        return [gate("objective", "fail", reason)];
    }
    if (misses(stable)) {
        return [gate("objective", "inconclusive", `the stable misses the objective too: ${found}`)];
    }
    const verdict = misses(canary) ? "inconclusive" : "pass";
    return [gate("objective", verdict, found)];
}

/** The budget is for failures of the canary, not for chance: a rollback needs evidence that it fails more at all. */
function exposure(settings: RolloutSettings, state: AnalysisState): GateVerdict[] {
    const { exposureBudget } = settings.analysis;
    if (exposureBudget === undefined) return [];
    const spent = excessFailures(state);
    const reason = `${numberText(spent, 1)} of a budget of ${numberText(exposureBudget)} failed requests spent`;
    if (spent < exposureBudget) return [gate("exposure", "pass", reason)];
    const odds = harmEvidence(state.worse);
    const found = `${reason}; odds ${oddsText(odds)} to 1 that the canary fails more`;
    return [gate("exposure", odds >= SUSPICION ? "fail" : "inconclusive", found)];
}

function comparison({ counts: { canary, stable } }: AnalysisState): string {
    const text = ({ failed, requests }: typeof canary) =>
        `${numberText(failed)} of ${numberText(requests)}`;
    return `${text(canary)} canary requests and ${text(stable)} stable requests failed`;
}
