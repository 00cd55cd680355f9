/** How a rollout stands after each of its records: for people's screens, `istio-canary status` and the driver's own metrics. */

import type { MetricsProblem } from "../counts/observation";
import type { Evidence, GateVerdict, Verdict } from "../decision/decision";
import type { JournalRecord, LookRecord, Outcome, PhaseRecord, Started } from "./record";

export const STATES = [
    "running",
    "waiting",
    "paused",
    "rollingBack",
    "promoted",
    "rolledBack",
    "held",
] as const satisfies readonly ("running" | "waiting" | "paused" | "rollingBack" | Outcome)[];
export type State = (typeof STATES)[number];

export interface Standing {
    readonly started: Started;
    readonly state: State;
    /** That callers have. */
    readonly weight: number;
    /** A weight on its way, and how far it is. */
    readonly next?: { readonly weight: number; readonly step: PhaseRecord["step"] };
    /** When the phase's clock started; milliseconds since the epoch. */
    readonly phaseSince?: number;
    /** Of the last look, whether Prometheus answered or not. */
    readonly look?: {
        readonly at: number;
        readonly verdict: Verdict;
        readonly problem?: MetricsProblem;
        readonly gates: readonly GateVerdict[];
        readonly evidence: Evidence;
    };
    /** When Prometheus last answered; milliseconds since the epoch. */
    readonly answeredAt?: number;
    /** Why it is as it is; a sentence. */
    readonly reason: string;
    /** Of the last record; milliseconds since the epoch. */
    readonly at: number;
}

/** What a record changes. Undefined before the first record of a rollout. */
export function standingAfter(
    before: Standing | undefined,
    record: JournalRecord,
): Standing | undefined {
    if (record.type === "started") return begun(record);
    if (before === undefined) return undefined;
    const { at } = record;
    const standing = { ...before, at };
    switch (record.type) {
        case "phase":
            return inPhase(standing, record);
        case "look":
            return looked(standing, record);
        case "rollback": {
            if (record.step !== "routed") {
                const { next: _, ...rest } = standing;
                const reason = record.step === "verdict" ? record.reason : before.reason;
                return { ...rest, state: "rollingBack", reason };
            }
            return { ...standing, weight: 0, phaseSince: at };
        }
        case "gate": {
            if (before.state !== "waiting" && before.state !== "running") return standing;
            if (record.verdict === "pass") return { ...standing, state: "running" };
            const reason = `${record.gate}: ${record.reason}`;
            return { ...standing, state: "waiting", reason };
        }
        case "control":
            if (record.control === "pause") return paused(standing, `paused by ${record.by}`);
            if (record.control === "resume" && before.state === "paused") {
                return { ...standing, state: "running", reason: `resumed by ${record.by}` };
            }
            return standing;
        case "drift": {
            const reason = `the weight in the ${record.where} is ${record.found}, not ${record.wanted}`;
            return { ...standing, reason };
        }
        case "ended": {
            const { next: _, ...rest } = standing;
            return { ...rest, state: record.outcome, reason: record.reason };
        }
        case "note":
        case "resumed":
            return standing;
    }
}

/** Share of this phase's requests that the canary got, 0 to 1; undefined before the first of them. */
export function liveShare({ look }: Standing): number | undefined {
    if (look === undefined) return undefined;
    const { canary, stable } = look.evidence.phase;
    const all = canary.requests + stable.requests;
    return all === 0 ? undefined : canary.requests / all;
}

function begun(record: JournalRecord & Started): Standing {
    return {
        started: record,
        state: "running",
        weight: record.weight,
        reason: "",
        at: record.at,
    };
}

function inPhase(before: Standing, { weight, step, at }: JournalRecord & PhaseRecord): Standing {
    const { next: _, ...standing } = before;
    const state = before.state === "waiting" ? "running" : before.state;
    if (step !== "routed") return { ...standing, state, next: { weight, step } };
    const { look: __, ...rest } = standing;
    return { ...rest, state, weight, phaseSince: at };
}

function looked(before: Standing, record: JournalRecord & LookRecord): Standing {
    const { decision, problem, lookedAt } = record;
    const { action, verdict, reason, gates, evidence } = decision;
    const look = { at: lookedAt, verdict, problem, gates, evidence };
    // A phase that has passed still waits for its gates; one that has not does not any more.
    const passed = action === "advance" || action === "promote";
    const waiting = before.state === "waiting" && passed;
    const state = before.state === "waiting" && !passed ? "running" : before.state;
    return {
        ...before,
        state,
        look,
        reason: waiting ? before.reason : reason,
        ...(problem === undefined && { answeredAt: lookedAt }),
    };
}

function paused(standing: Standing, reason: string): Standing {
    return standing.state === "running" || standing.state === "waiting"
        ? { ...standing, state: "paused", reason }
        : standing;
}
