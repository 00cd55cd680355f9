/** What a phase is asked at every look: each gate answers with a verdict and the numbers behind it. */

import {
    bakeEvidence,
    harmEvidence,
    latencyEvidence,
    nonInferiorityEvidence,
    sloEvidence,
} from "../statistics";
import { count, odds, percent, span } from "../text";
import type { GateVerdict, Verdict } from "./decision";
import {
    type About,
    DOUBT,
    milliseconds,
    nextWeight,
    safeMargin,
    weightToCompareAt,
} from "./rolloutSettings";
import type { MetricState, RolloutState } from "./state";

/** Failed canary requests beyond what the stable's share would have been; at least 0. */
export function exposed({ counts: { canary, stable } }: RolloutState): number {
    const expected = stable.requests > 0 ? (canary.requests * stable.failed) / stable.requests : 0;
    return Math.max(0, canary.failed - expected);
}

/** All gates of a phase that Prometheus answers for. */
export function gatesOf(about: About, state: RolloutState, now: number): GateVerdict[] {
    return [
        traffic(about, state, now),
        errors(about, state),
        ...(state.phase.weight === 100 ? [bake(about, state)] : []),
        ...latency(about, state),
        ...objective(about, state),
        ...exposure(about, state),
        ...about.analysis.metrics.map((metric, index) => custom(metric, state.metrics[index])),
    ];
}

/** Looks without a request that may be a scrape that is late; more are nobody who calls. */
const LULL = 2;

/** Whether there is enough to judge by, and still is: time speaks for a canary only while it is called. */
function traffic(about: About, state: RolloutState, now: number): GateVerdict {
    const { minRequests, interval } = about.analysis;
    const { weight, calledAt } = state.phase;
    const { canary, stable } = state.phase.counts;
    const dwell = span(now - state.phase.since);
    const silence = now - calledAt;
    const silent = canary.requests > 0 && silence > LULL * milliseconds(interval);
    if (canary.requests >= minRequests && !silent) {
        return gate("traffic", "pass", `${count(canary.requests, "canary request")} in ${dwell}`);
    }
    if (canary.requests === 0 && state.phase.routedAt === undefined) {
        return gate("traffic", "inconclusive", "callers do not have the weight yet");
    }
    if (canary.requests === 0 && stable.requests >= (minRequests * (100 - weight)) / weight) {
        const reason = `the canary got none of ${count(stable.requests, "request")} in ${dwell} at weight ${weight}: see whether callers have the route`;
        return gate("traffic", "inconclusive", reason);
    }
    if (silent || canary.requests + stable.requests === 0) {
        const reason = `nobody has called either version for ${span(silence)}`;
        return gate("traffic", "inconclusive", reason);
    }
    const reason = `${count(canary.requests, "canary request")} in ${dwell}, of at least ${minRequests}`;
    return gate("traffic", "inconclusive", reason);
}

function errors(about: About, state: RolloutState): GateVerdict {
    const { analysis } = about;
    const evidence = harmEvidence(state.harm);
    const limit = Math.log(1 / analysis.falseRollback);
    const shares = compared(state);
    if (evidence >= limit) {
        const reason = `the canary fails more than the stable: ${shares}; odds ${odds(evidence)} to 1, rollback at ${odds(limit)}${unreceived(state)}`;
        return gate("errors", "fail", reason);
    }
    if (evidence >= DOUBT) {
        return gate(
            "errors",
            "inconclusive",
            `odds ${odds(evidence)} to 1 that the canary fails more than the stable: ${shares}`,
        );
    }
    if (state.phase.weight === 100) {
        return gate("errors", "pass", `no stable left to compare with: ${shares}`);
    }
    const safe = nonInferiorityEvidence(state.phase.safe);
    const safeLimit = Math.log(1 / analysis.falseAdvance);
    const margin = percent(safeMargin(about, state.phase.weight));
    const next = nextWeight(about, state.phase.weight) ?? 100;
    const odd = `odds ${odds(safe)} to 1 of at most ${margin} more, which weight ${next} can bear; ${odds(safeLimit)} are enough`;
    return gate("errors", safe >= safeLimit ? "pass" : "inconclusive", `${shares}; ${odd}`);
}

/** Failures that the application's own side has not counted: it was cut off, or never reached. */
function unreceived({ counts, received }: RolloutState): string {
    const hidden = counts.canary.failed - received.canary.failed;
    if (received.canary.requests === 0 || hidden < counts.canary.failed / 2) return "";
    return `; its own sidecars count ${count(received.canary.failed, "failure")}: the others were cut off or never got there`;
}

/** Times that 100 % is begun: whatever goes on then, it is not for a canary to be tried in. */
const BAKES = 3;

/**
 * At 100 % there is no stable left to compare with, so that an incident of both versions looks like the canary's fault: it is
 * compared again, at the weight before, where the harm test tells one from the other.
 */
function bake(about: About, state: RolloutState): GateVerdict {
    const share = bakeText(state);
    const evidence = bakeEvidence(state.bake);
    const limit = bakeLimit(about);
    const against = `odds ${odds(evidence)} to 1`;
    if (evidence < DOUBT) return gate("bake", "pass", `${share}; ${against} against it`);
    if (evidence < limit) return gate("bake", "inconclusive", `${share}; ${against} against it`);
    const below = weightToCompareAt(about);
    if (below !== undefined && state.bakes < BAKES) {
        const reason = `${share}; ${against}: both versions are compared again at weight ${below}`;
        return gate("bake", "inconclusive", reason);
    }
    return gate("bake", "fail", `${share}; ${against}, rollback at ${odds(limit)}`);
}

/** Whether the bake has found what only a comparison can tell. */
export function mustCompare(about: About, state: RolloutState): number | undefined {
    if (state.phase.weight !== 100 || bakeEvidence(state.bake) < bakeLimit(about)) return undefined;
    return state.bakes < BAKES ? weightToCompareAt(about) : undefined;
}

function bakeLimit({ analysis }: About): number {
    return Math.log(2 / analysis.falseRollback);
}

function bakeText({ phase: { counts }, reference }: RolloutState): string {
    const { requests, failed } = counts.canary;
    return `${failed} of ${requests} failed at 100 %, ${percent(reference)} may`;
}

function latency(about: About, state: RolloutState): GateVerdict[] {
    const { enabled, falseRollback, ratio } = about.analysis.latency;
    if (!enabled) return [];
    if (state.slow.bounds.length === 0) {
        const reason = "not judged: no histogram of the stable before the rollout";
        return [gate("latency", "pass", reason)];
    }
    const evidence = latencyEvidence(state.slow);
    const limit = Math.log(1 / falseRollback);
    const bounds = `above ${state.slow.bounds.join(", ")} ms`;
    const reason = `odds ${odds(evidence)} to 1 that more than ${ratio} times the stable's share of requests takes longer (${bounds}); rollback at ${odds(limit)}`;
    if (evidence >= limit) return [gate("latency", "fail", reason)];
    return [gate("latency", evidence >= DOUBT ? "inconclusive" : "pass", reason)];
}

/** An absolute objective: where both versions miss it the rollout waits, where the canary alone does it goes back. */
function objective(about: About, state: RolloutState): GateVerdict[] {
    const { errorShare } = about.analysis.objective;
    if (errorShare === undefined) return [];
    const { canary, stable } = state.phase.counts;
    const evidence = sloEvidence(state.objective);
    const limit = Math.log(1 / about.analysis.falseRollback);
    const misses = (arm: typeof canary) =>
        arm.requests > 0 && arm.failed / arm.requests > errorShare;
    const found = `${compared(state)}; the objective is ${percent(errorShare)}`;
    if (evidence >= limit && stable.requests > 0 && !misses(stable)) {
        const reason = `the canary alone misses the objective: ${found}; odds ${odds(evidence)} to 1`;
        return [gate("objective", "fail", reason)];
    }
    if (misses(stable)) {
        return [gate("objective", "inconclusive", `the stable misses the objective too: ${found}`)];
    }
    const verdict = misses(canary) ? "inconclusive" : "pass";
    return [gate("objective", verdict, found)];
}

function exposure(about: About, state: RolloutState): GateVerdict[] {
    const { exposureBudget } = about.analysis;
    if (exposureBudget === undefined) return [];
    const spent = exposed(state);
    const reason = `${spent.toFixed(1)} of ${exposureBudget} failed requests are spent`;
    return [gate("exposure", spent >= exposureBudget ? "fail" : "pass", reason)];
}

function custom(
    metric: About["analysis"]["metrics"][number],
    state: MetricState | undefined,
): GateVerdict {
    const name = `metric ${metric.name}`;
    if (state?.problem !== undefined) return gate(name, "error", state.problem);
    const { canary, stable } = state?.seen ?? {};
    if (state === undefined || canary === undefined) {
        return gate(name, "inconclusive", "no value of the canary yet");
    }
    if (metric.kind === "gauge") {
        const values = `canary ${canary}, stable ${stable ?? "unknown"}`;
        const bounds = [
            ...(metric.limit === undefined ? [] : [`limit ${metric.limit}`]),
            ...(metric.ratio === undefined ? [] : [`${metric.ratio} times the stable's`]),
        ].join(", ");
        const reason = `${values}; ${metric.better} is better, ${bounds}; worse at ${count(state.worse, "look")} in a row of ${metric.samples}`;
        if (state.worse >= metric.samples) return gate(name, "fail", reason);
        return gate(name, state.worse > 0 ? "inconclusive" : "pass", reason);
    }
    const evidence = harmEvidence(state.harm);
    const limit = Math.log(1 / metric.falseRollback);
    const [ours, theirs] = [state.counts.canary, state.counts.stable];
    const reason = `canary ${ours.failed} of ${ours.requests}, stable ${theirs.failed} of ${theirs.requests} in all; odds ${odds(evidence)} to 1 that the canary is worse by more than ${percent(metric.margin)}, rollback at ${odds(limit)}`;
    if (evidence >= limit) return gate(name, "fail", reason);
    return gate(name, evidence >= DOUBT ? "inconclusive" : "pass", reason);
}

function compared({ counts: { canary, stable } }: RolloutState): string {
    return `${canary.failed} of ${canary.requests} canary requests failed, ${stable.failed} of ${stable.requests} of the stable's`;
}

export function gate(name: string, verdict: Verdict, reason: string): GateVerdict {
    return { gate: name, verdict, reason };
}
