/** What a look at a rollout leads to: the one place where a verdict is reached. */

import type { MetricsProblem, Observation } from "../counts/observation";
import { bakeEvidence, harmEvidence, latencyEvidence, nonInferiorityEvidence } from "../statistics";
import { span } from "../text";
import type { Action, Decision, Evidence, GateVerdict, Verdict } from "./decision";
import { exposed, gate, gatesOf, mustCompare } from "./gates";
import { type About, DOUBT, milliseconds, nextWeight } from "./rolloutSettings";
import { absorb, dwellOf, type RolloutState } from "./state";

export type { About } from "./rolloutSettings";
export {
    enter as enterPhase,
    type RolloutState,
    routed,
    startOf as startState,
} from "./state";

/** What Prometheus said, when. */
export type Look =
    | { readonly at: number; readonly observation: Observation }
    | { readonly at: number; readonly problem: MetricsProblem; readonly reason: string };

/**
 * The state after a look, and what to do. Pure: the same record gives the same decision.
 *
 * In this order: a gate that fails rolls back; what looks wrong at 100 % is compared again below it; no answer, or too little traffic, holds, up to a limit; then a phase that has
 * lasted long enough advances if every gate passes, or if `maxDwell` is over, nothing speaks against the canary and another
 * phase below 100 % follows.
 */
export function decide(
    about: About,
    before: RolloutState,
    look: Look,
): { readonly state: RolloutState; readonly decision: Decision } {
    const { at } = look;
    if ("problem" in look) {
        return { state: before, decision: blind(about, before, look) };
    }
    const state = absorb(about, before, look.observation, at);
    const gates = gatesOf(about, state, at);
    const decided = (action: Action, verdict: Verdict, reason: string, more?: GateVerdict) => ({
        state,
        decision: {
            action,
            verdict,
            reason,
            gates: more === undefined ? gates : [...gates, more],
            evidence: evidenceOf(about, state, at),
        },
    });

    const failed = gates.find(({ verdict }) => verdict === "fail");
    if (failed !== undefined) {
        return decided("rollback", "fail", `${failed.gate}: ${failed.reason}`);
    }
    if (mustCompare(about, state) !== undefined) {
        const bake = gates.find((one) => one.gate === "bake");
        return decided("retreat", "inconclusive", `bake: ${bake?.reason}`);
    }
    const passed = passes(about, state, gates, at);
    if (passed !== undefined) {
        const next = nextWeight(about, state.phase.weight);
        return decided(next === undefined ? "promote" : "advance", "pass", passed);
    }
    const late = overdue(about, state, gates, at);
    if (late !== undefined) {
        const { action, reason } = late;
        const verdict = action === "advance" ? "inconclusive" : "fail";
        return decided(action, verdict, reason, gate("time", verdict, reason));
    }
    const open = gates.find(({ verdict }) => verdict !== "pass");
    if (open !== undefined) return decided("hold", open.verdict, `${open.gate}: ${open.reason}`);
    return decided("hold", "inconclusive", waited(about, state, at));
}

/** Why the phase is over, or undefined while it is not. */
function passes(
    about: About,
    state: RolloutState,
    gates: readonly GateVerdict[],
    at: number,
): string | undefined {
    const { minDwell, maxDwell, bake, exposureBudget } = about.analysis;
    const { weight, routedAt } = state.phase;
    const dwell = dwellOf(state, at);
    if (routedAt === undefined) return undefined;
    const open = gates.filter(({ verdict }) => verdict !== "pass");
    if (weight === 100) {
        const over = dwell >= milliseconds(bake);
        return over && open.length === 0
            ? `nothing went wrong in ${span(dwell)} at 100 %`
            : undefined;
    }
    if (dwell < milliseconds(minDwell)) return undefined;
    if (open.length === 0) return gates.find((one) => one.gate === "errors")?.reason;
    if (!open.every((one) => one.gate === "errors" && harmless(state))) return undefined;
    const why = open[0]?.reason;
    const last = nextWeight(about, weight) === 100;
    if (dwell >= milliseconds(maxDwell) && !last && exposureBudget === undefined) {
        return `${span(dwell)} without evidence of harm: ${why}`;
    }
    return undefined;
}

function harmless({ harm }: RolloutState): boolean {
    return harmEvidence(harm) < DOUBT;
}

/** What is done because time is over, or undefined while there is time. */
function overdue(
    about: About,
    state: RolloutState,
    gates: readonly GateVerdict[],
    at: number,
): { readonly action: Action; readonly reason: string } | undefined {
    const { maxDwell, maxTotal, deadline, onInconclusive } = about.analysis;
    const { weight, counts } = state.phase;
    const dwell = dwellOf(state, at);
    const open = gates.find(({ verdict }) => verdict !== "pass");
    const because = open === undefined ? "" : `: ${open.gate}: ${open.reason}`;
    const shunned = open?.gate === "traffic" && counts.canary.requests === 0;
    if (shunned && counts.stable.requests > 0 && dwell >= milliseconds(maxDwell)) {
        return { action: "rollback", reason: `no request reached the canary${because}` };
    }
    if (dwell >= milliseconds(deadline)) {
        return { action: "rollback", reason: `the deadline of ${deadline} is over${because}` };
    }
    const undecided = gates.every((one) => one.verdict === "pass" || one.gate === "errors");
    const total = at - state.startedAt >= milliseconds(maxTotal);
    if (!total || !undecided || !harmless(state) || nextWeight(about, weight) !== 100) {
        return undefined;
    }
    const reason = `nothing was shown in ${maxTotal}${because}`;
    if (onInconclusive === "rollback") return { action: "rollback", reason };
    return onInconclusive === "promote" ? { action: "advance", reason } : undefined;
}

/** Without an answer nothing passes; for how long that may go on is configured. */
function blind(
    about: About,
    state: RolloutState,
    { at, problem, reason }: Extract<Look, { problem: MetricsProblem }>,
): Decision {
    const { blindLimit, deadline, onBlind } = about.analysis;
    const silent = at - state.answeredAt;
    const verdict: Verdict = problem === "empty" ? "inconclusive" : "error";
    const gates = [gate("data", verdict, `${problem}: ${reason}`)];
    const evidence = evidenceOf(about, state, at);
    const over =
        (silent >= milliseconds(blindLimit) && onBlind === "rollback") ||
        dwellOf(state, at) >= milliseconds(deadline);
    const text = `no counts for ${span(silent)}: ${problem}: ${reason}`;
    return {
        action: over ? "rollback" : "hold",
        verdict,
        reason: `data: ${text}`,
        gates,
        evidence,
    };
}

function waited(about: About, state: RolloutState, at: number): string {
    const { minDwell, bake } = about.analysis;
    if (state.phase.routedAt === undefined)
        return "every gate passes; callers do not have the weight yet";
    const least = state.phase.weight === 100 ? bake : minDwell;
    return `every gate passes; ${span(dwellOf(state, at))} of ${least} are over`;
}

function evidenceOf(about: About, state: RolloutState, at: number): Evidence {
    const { falseRollback, falseAdvance, latency } = about.analysis;
    const bakes = state.phase.weight === 100;
    const limit = Math.log(1 / falseRollback);
    return {
        dwellSeconds: dwellOf(state, at) / 1_000,
        harm: bakes ? bakeEvidence(state.bake) : harmEvidence(state.harm),
        harmLimit: bakes ? limit + Math.LN2 : limit,
        slow: latencyEvidence(state.slow),
        slowLimit: Math.log(1 / latency.falseRollback),
        safe: nonInferiorityEvidence(state.phase.safe),
        safeLimit: Math.log(1 / falseAdvance),
        canary: state.counts.canary,
        stable: state.counts.stable,
        phase: state.phase.counts,
        exposed: exposed(state),
    };
}
