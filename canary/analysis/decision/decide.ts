/** Decides what the driver does after a sample. Between samples, only judgeProxies.ts reaches a verdict. */

import type { MetricsProblem, Observation } from "../counts/observation";
import { bakeEvidence, latencyEvidence, nonInferiorityEvidence } from "../statistics";
import { durationText } from "../text";
import { type AnalysisState, absorb, dwellOf } from "./analysisState";
import {
    type Action,
    type Decision,
    type Evidence,
    type GateVerdict,
    gate,
    type Verdict,
} from "./decision";
import {
    chanceOfNone,
    errorEvidence,
    excessFailures,
    isHarmless,
    judgeGates,
    mustCompare,
} from "./gates";
import { bakeWeight, milliseconds, nextWeight, type RolloutSettings } from "./rolloutSettings";

/** The result of a poll of Prometheus; `at` is in milliseconds since the epoch. */
export type Sample =
    | { readonly at: number; readonly observation: Observation }
    | { readonly at: number; readonly problem: MetricsProblem; readonly reason: string };

/**
 * The state after a sample, and the decision. Pure: the same record gives the same decision.
 *
 * In this order:
 * 1. If Prometheus returns no counts, the phase holds until `blindLimit` or `deadline`.
 * 2. If a gate fails, the driver rolls back.
 * 3. If the canary looks worse at 100 %, the rollout retreats to the weight below, where both versions can be compared.
 * 4. If the phase has lasted long enough and every gate passes, it advances, or promotes at 100 %. It also advances after
 *    `maxDwell` if nothing speaks against the canary and the next weight is below 100 %.
 * 5. Otherwise the phase holds, up to a limit.
 */
export function decide(
    settings: RolloutSettings,
    before: AnalysisState,
    sample: Sample,
): { readonly state: AnalysisState; readonly decision: Decision } {
    const { at } = sample;
    if ("problem" in sample) {
        return { state: before, decision: decideBlind(settings, before, sample) };
    }
    const state = absorb(settings, before, sample.observation, at);
    const all = judgeGates(settings, state, at);
    const gates = all.filter(({ dryRun }) => dryRun !== true);
    const result = (action: Action, verdict: Verdict, reason: string, extra?: GateVerdict) => ({
        state,
        decision: {
            action,
            verdict,
            reason,
            gates: extra === undefined ? all : [...all, extra],
            evidence: evidenceOf(settings, state, at),
        },
    });

    const failed = gates.find(({ verdict }) => verdict === "fail");
    if (failed !== undefined) {
        return result("rollback", "fail", `${failed.gate}: ${failed.reason}`);
    }
    if (mustCompare(settings, state) !== undefined) {
        const worse =
            gates.find(({ gate, verdict }) => gate === "bake" && verdict !== "pass") ??
            gates.find(({ gate }) => gate === "latency");
        return result("retreat", "inconclusive", `${worse?.gate}: ${worse?.reason}`);
    }
    const whyPassed = passReason(settings, state, gates, at);
    if (whyPassed !== undefined) {
        const next = nextWeight(settings, state.phase.weight);
        return result(next === undefined ? "promote" : "advance", "pass", whyPassed);
    }
    const late = decideLate(settings, state, gates, at);
    if (late !== undefined) {
        const { action, reason } = late;
        const verdict = action === "rollback" ? "fail" : "inconclusive";
        return result(action, verdict, reason, gate("time", verdict, reason));
    }
    const open = gates.find(({ verdict }) => verdict !== "pass");
    if (open !== undefined) return result("hold", open.verdict, `${open.gate}: ${open.reason}`);
    return result("hold", "inconclusive", waitReason(settings, state, at));
}

/** Why the phase has passed; undefined until it has. */
function passReason(
    settings: RolloutSettings,
    state: AnalysisState,
    gates: readonly GateVerdict[],
    at: number,
): string | undefined {
    const { minDwell, maxDwell, exposureBudget } = settings.analysis;
    const { weight, routedAt } = state.phase;
    const dwell = dwellOf(state, at);
    if (routedAt === undefined) return undefined;
    const open = gates.filter(({ verdict }) => verdict !== "pass");
    if (weight >= bakeWeight(settings)) {
        const over = dwell >= milliseconds(leastDwell(settings, weight));
        return over && open.length === 0
            ? `no failures above the limit in ${durationText(dwell / 1_000)} at ${weight} %`
            : undefined;
    }
    if (dwell < milliseconds(minDwell)) return undefined;
    if (open.length === 0) return gates.find((one) => one.gate === "errors")?.reason;
    if (!open.every((one) => one.gate === "errors" && isHarmless(settings, state)))
        return undefined;
    const why = open[0]?.reason;
    // After a retreat, a comparison that finds no difference is enough: the phase has passed before.
    const last = isLastBeforeBake(settings, weight) && state.bakes === 0;
    if (dwell >= milliseconds(maxDwell) && !last && exposureBudget === undefined) {
        return `${durationText(dwell / 1_000)} without evidence of harm: ${why}`;
    }
    return undefined;
}

/** After this phase most callers get the canary, so that it passes only on evidence. */
function isLastBeforeBake(settings: RolloutSettings, weight: number): boolean {
    return weight < bakeWeight(settings) && nextWeight(settings, weight) === bakeWeight(settings);
}

/** How long a phase lasts at least. After a bake below 100, only the usual time is left at 100. */
function leastDwell(settings: RolloutSettings, weight: number): string {
    const { bake, minDwell } = settings.analysis;
    if (weight === bakeWeight(settings)) return bake;
    return weight === 100 && milliseconds(bake) < milliseconds(minDwell) ? bake : minDwell;
}

/** What to do if the phase has taken too long; undefined until then. */
function decideLate(
    settings: RolloutSettings,
    state: AnalysisState,
    gates: readonly GateVerdict[],
    at: number,
): { readonly action: Action; readonly reason: string } | undefined {
    const { maxDwell, maxTotal, onInconclusive } = settings.analysis;
    const { weight, counts } = state.phase;
    const dwell = dwellOf(state, at);
    const open = gates.find(({ verdict }) => verdict !== "pass");
    const because = open === undefined ? "" : `: ${open.gate}: ${open.reason}`;
    const noneArrived = counts.canary.requests === 0 && chanceOfNone(state) < NO_CHANCE;
    if (noneArrived && dwell >= milliseconds(maxDwell)) {
        return { action: "rollback", reason: `no request reached the canary${because}` };
    }
    if (dwell >= milliseconds(settings.analysis.deadline)) {
        return decideAtDeadline(settings, state, gates, because);
    }
    const undecided = gates.every((one) => one.verdict === "pass" || one.gate === "errors");
    // There is no evidence either way only after both versions have been compared.
    const total = at - state.startedAt >= milliseconds(maxTotal) && dwell >= milliseconds(maxDwell);
    if (
        !total ||
        state.bakes > 0 ||
        !undecided ||
        !isHarmless(settings, state) ||
        !isLastBeforeBake(settings, weight)
    ) {
        return undefined;
    }
    const reason = `no evidence either way within ${maxTotal}${because}`;
    if (onInconclusive === "rollback") return { action: "rollback", reason };
    return onInconclusive === "promote" ? { action: "advance", reason } : undefined;
}

/** Below this probability, it was not chance that no request reached the canary. */
const NO_CHANCE = 1e-4;

/** No gate has failed, so that the canary is no worse than the stable as far as anybody knows. */
function decideAtDeadline(
    settings: RolloutSettings,
    state: AnalysisState,
    gates: readonly GateVerdict[],
    because: string,
): { readonly action: Action; readonly reason: string } {
    const { deadline, onDeadline } = settings.analysis;
    const passed = `the deadline of ${deadline} has passed${because}`;
    if (onDeadline === "rollback") return { action: "rollback", reason: passed };
    const suspicious = gates.some(
        ({ gate, verdict }) => verdict !== "pass" && gate !== "errors" && gate !== "traffic",
    );
    if (onDeadline === "promote" && isHarmless(settings, state) && !suspicious) {
        const next = nextWeight(settings, state.phase.weight);
        return { action: next === undefined ? "promote" : "advance", reason: passed };
    }
    const ask = "To decide, run `istio-canary promote`, `hold` or `rollback`";
    return { action: "hold", reason: `${passed}. ${ask}; until then, the driver watches` };
}

/** Without counts from Prometheus nothing passes. The config limits how long the phase holds. */
function decideBlind(
    settings: RolloutSettings,
    state: AnalysisState,
    { at, problem, reason }: Extract<Sample, { problem: MetricsProblem }>,
): Decision {
    const { blindLimit, deadline, onBlind, onDeadline } = settings.analysis;
    const silent = at - state.answeredAt;
    const verdict: Verdict = problem === "empty" ? "inconclusive" : "error";
    const over =
        (silent >= milliseconds(blindLimit) && onBlind === "rollback") ||
        (dwellOf(state, at) >= milliseconds(deadline) && onDeadline === "rollback");
    return {
        action: over ? "rollback" : "hold",
        verdict,
        reason: `data: no counts for ${durationText(silent / 1_000)} (${problem}): ${reason}`,
        gates: [gate("data", verdict, `${problem}: ${reason}`)],
        evidence: evidenceOf(settings, state, at),
    };
}

function waitReason(settings: RolloutSettings, state: AnalysisState, at: number): string {
    if (state.phase.routedAt === undefined) {
        return "every gate passes; waiting for callers to get the weight";
    }
    const least = leastDwell(settings, state.phase.weight);
    const dwell = durationText(dwellOf(state, at) / 1_000);
    return `every gate passes; ${dwell} of ${least} elapsed`;
}

function evidenceOf(settings: RolloutSettings, state: AnalysisState, at: number): Evidence {
    const { falseRollback, falseAdvance, latency } = settings.analysis;
    const isBake = state.phase.weight === 100;
    const errors = errorEvidence(settings, state);
    return {
        dwellSeconds: dwellOf(state, at) / 1_000,
        harm: isBake ? bakeEvidence(state.bake) : errors.evidence,
        harmLimit: isBake ? Math.log(2 / falseRollback) : errors.limit,
        slow: latencyEvidence(state.slow),
        slowLimit: Math.log(1 / latency.falseRollback),
        safe: nonInferiorityEvidence(state.phase.safe),
        safeLimit: Math.log(1 / falseAdvance),
        canary: state.counts.canary,
        stable: state.counts.stable,
        phase: state.phase.counts,
        exposed: excessFailures(state),
    };
}
