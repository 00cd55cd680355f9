/**
 * Reduces the records of a rollout to its status. The driver, `--resume`, `status`, the terminal, the metrics and the report all
 * use it.
 */

import type { Cursors, MetricsProblem } from "../counts/observation";
import { type AnalysisState, enterPhase, startClock, startState } from "../decision/analysisState";
import { decide } from "../decision/decide";
import type { Evidence, GateVerdict, Verdict } from "../decision/decision";
import { judgeProxies } from "../decision/judgeProxies";
import { nextWeight } from "../decision/rolloutSettings";
import { canaryShare } from "../statistics/counts";
import type {
    ControlRecord,
    EndedRecord,
    GateRecord,
    JournalRecord,
    Outcome,
    PhaseRecord,
    ProxiesRecord,
    RollbackRecord,
    SampleRecord,
    Started,
} from "./record";
import { extendTimeline, type Timeline } from "./timeline";

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

/** All times are milliseconds since the epoch. */
export interface RolloutStatus {
    readonly started: Started;
    readonly state: State;
    /** Why it is in this state; a sentence. */
    readonly reason: string;
    /** The canary's weight in the callers' sidecars. */
    readonly weight: number;
    /** The weight that was written last. */
    readonly writtenWeight: number;
    /** An update in progress, and its last step. */
    readonly pending?: {
        readonly weight: number;
        readonly step: Exclude<PhaseRecord["step"], "postponed">;
    };
    /** When callers got the weight, which started the phase's clock. */
    readonly phaseSince?: number;
    /** Undefined until the first weight is written. */
    readonly analysis?: AnalysisState;
    readonly cursors: Cursors;
    readonly sample?: SampleStatus;
    /** When Prometheus last answered. */
    readonly answeredAt?: number;
    /** Whether the rollout waits for a gate. */
    readonly waiting: boolean;
    readonly paused: boolean;
    /** Whether a person asked for the next weight without further evidence. */
    readonly skipWait: boolean;
    /** Weights that a person has approved. */
    readonly approved: readonly number[];
    /** The last answer of each gate, by `gateKey`. */
    readonly gates: Readonly<Record<string, GateRecord>>;
    /** The first record of the rollback, once there is one. */
    readonly rollback?: RollbackRecord;
    readonly ended?: EndedRecord;
    readonly timeline: Timeline;
    /** Recorded decisions that differ from the recomputed ones: none unless the journal or the program has changed. */
    readonly differences: readonly Difference[];
    /** When the last record was written. */
    readonly at: number;
}

/** The last sample, whether Prometheus answered or not. */
export interface SampleStatus {
    readonly at: number;
    readonly weight: number;
    readonly verdict: Verdict;
    readonly problem?: MetricsProblem;
    readonly gates: readonly GateVerdict[];
    readonly evidence: Evidence;
}

export interface Difference {
    readonly seq: number;
    readonly recorded: string;
    readonly recomputed: string;
}

/** @throws Error if the first record does not start a rollout. */
export function replay(records: readonly JournalRecord[]): RolloutStatus {
    const [first, ...rest] = records;
    if (first?.type !== "started") {
        const found = first === undefined ? "nothing" : `"${first.type}"`;
        throw new Error(`The first record of a rollout: expected "started", got ${found}.`);
    }
    return rest.reduce(reduce, startStatus(first));
}

export function startStatus(started: JournalRecord & Started): RolloutStatus {
    return {
        started,
        state: "running",
        reason: "",
        weight: started.weight,
        writtenWeight: started.weight,
        cursors: started.cursors,
        waiting: false,
        paused: false,
        skipWait: false,
        approved: [],
        gates: {},
        timeline: [],
        differences: [],
        at: started.at,
    };
}

/** The status after one more record. */
export function reduce(before: RolloutStatus, record: JournalRecord): RolloutStatus {
    const next = {
        ...before,
        ...changesBy(before, record),
        timeline: extendTimeline(before.timeline, record),
        at: record.at,
    };
    return { ...next, state: currentState(next) };
}

function currentState({ ended, rollback, paused, waiting }: RolloutStatus): State {
    if (ended !== undefined) return ended.outcome;
    if (rollback !== undefined) return "rollingBack";
    if (paused) return "paused";
    return waiting ? "waiting" : "running";
}

function changesBy(before: RolloutStatus, record: JournalRecord): Partial<RolloutStatus> {
    switch (record.type) {
        case "phase":
            return afterPhase(before, record);
        case "sample":
            return afterSample(before, record);
        case "proxies":
            return afterProxies(before, record);
        case "gate":
            return afterGate(before, record);
        case "control":
            return afterControl(before, record);
        case "rollback":
            return afterRollback(before, record);
        case "drift": {
            const { where, wanted, found } = record;
            return { reason: `the weight in the ${where}: expected ${wanted}, got ${found}` };
        }
        case "ended":
            return { ended: record, reason: record.reason, pending: undefined };
        case "started":
        case "note":
        case "resumed":
            return {};
    }
}

function afterPhase(
    before: RolloutStatus,
    { weight, step, at, notes = [] }: JournalRecord & PhaseRecord,
): Partial<RolloutStatus> {
    const { started, analysis } = before;
    const entered = () =>
        analysis === undefined
            ? startState(started, weight, at)
            : enterPhase(started, analysis, weight, at);
    switch (step) {
        case "wanted":
        case "previewed": {
            const reason = `updating to weight ${weight}`;
            return { pending: { weight, step }, waiting: false, reason };
        }
        case "postponed":
            return { pending: undefined, reason: notes[0] ?? "" };
        case "updated":
            return {
                pending: { weight, step },
                waiting: false,
                writtenWeight: weight,
                analysis: entered(),
                skipWait: false,
            };
        case "routed": {
            // There is no `updated` record for a weight that was set by hand.
            const known = analysis?.phase.weight === weight ? analysis : entered();
            return {
                pending: undefined,
                waiting: false,
                weight,
                writtenWeight: weight,
                analysis: startClock(known, at),
                phaseSince: at,
                sample: undefined,
            };
        }
    }
}

function afterSample(
    before: RolloutStatus,
    record: JournalRecord & SampleRecord,
): Partial<RolloutStatus> {
    const { cursors, observation, problem, sampledAt: at, decision, weight } = record;
    const { verdict, gates, evidence, action, reason } = decision;
    // Only a phase that has passed can wait for gates.
    const waiting = before.waiting && (action === "advance" || action === "promote");
    return {
        cursors,
        sample: { at, weight, verdict, ...(problem && { problem }), gates, evidence },
        waiting,
        reason: waiting ? before.reason : reason,
        ...(problem === undefined && { answeredAt: at }),
        ...recomputed(before, record, observation === undefined),
    };
}

function recomputed(
    { started, analysis, differences }: RolloutStatus,
    {
        seq,
        sampledAt: at,
        observation,
        problem,
        reason = "",
        decision: recorded,
    }: JournalRecord & SampleRecord,
    isBlind: boolean,
): Partial<RolloutStatus> {
    if (analysis === undefined) return {};
    const sample =
        isBlind || observation === undefined
            ? { at, problem: problem ?? "unreachable", reason }
            : { at, observation };
    const { state, decision } = decide(started, analysis, sample);
    if (decision.action === recorded.action) return { analysis: state };
    const difference = {
        seq,
        recorded: `${recorded.action}: ${recorded.reason}`,
        recomputed: `${decision.action}: ${decision.reason}`,
    };
    return { analysis: state, differences: [...differences, difference] };
}

function afterProxies(
    { started, differences }: RolloutStatus,
    { seq, readings, verdict }: JournalRecord & ProxiesRecord,
): Partial<RolloutStatus> {
    const { reason } = verdict;
    const again = judgeProxies(started, readings);
    if (again.action === verdict.action) return { reason };
    const [recorded, recomputed] = [verdict, again].map((one) => `${one.action}: ${one.reason}`);
    return {
        reason,
        differences: [
            ...differences,
            { seq, recorded: recorded ?? "", recomputed: recomputed ?? "" },
        ],
    };
}

/** Key of a gate at one weight, before or after the phase. */
export function gateKey({ when, weight, gate }: Pick<GateRecord, "when" | "weight" | "gate">) {
    return `${when} ${weight} ${gate}`;
}

function afterGate(before: RolloutStatus, record: GateRecord): Partial<RolloutStatus> {
    const { gate, when, weight, verdict } = record;
    const gates = { ...before.gates, [gateKey(record)]: record };
    if (verdict === "pass") return { gates, waiting: false };
    const reason = `gate ${gate} ${when} weight ${weight}: ${record.reason}`;
    return { gates, waiting: true, ...(before.state !== "paused" && { reason }) };
}

function afterControl(
    before: RolloutStatus,
    { control, by }: ControlRecord,
): Partial<RolloutStatus> {
    switch (control) {
        case "pause":
            return { paused: true, reason: `paused by ${by}` };
        case "resume":
            return { paused: false, ...(before.paused && { reason: `resumed by ${by}` }) };
        case "approve": {
            const next = nextWeight(before.started, before.writtenWeight) ?? 100;
            return { approved: [...before.approved, next] };
        }
        case "promote":
            return { skipWait: true };
        // The driver writes its own records when it executes these.
        case "rollback":
        case "hold":
            return {};
    }
}

function afterRollback(
    before: RolloutStatus,
    record: JournalRecord & RollbackRecord,
): Partial<RolloutStatus> {
    const { step, ok } = record;
    const first = before.rollback ?? record;
    const common = { rollback: first, pending: undefined, reason: first.reason };
    if (step === "routed") return { ...common, weight: 0, writtenWeight: 0, phaseSince: record.at };
    return isWritten(step, ok) ? { ...common, writtenWeight: 0 } : common;
}

function isWritten(step: RollbackRecord["step"], ok: boolean | undefined): boolean {
    return step === "written" || ((step === "engine" || step === "emergency") && ok === true);
}

/** The weight of an update that has begun but, as far as the records show, was not written. */
export function unwrittenWeight({ pending }: RolloutStatus): number | undefined {
    return pending !== undefined && pending.step !== "updated" ? pending.weight : undefined;
}

/** Share of the phase's requests that the canary got, 0–1; undefined before the phase's first request. */
export function liveShare({
    sample,
    weight,
}: Pick<RolloutStatus, "sample" | "weight">): number | undefined {
    return sample?.weight === weight ? canaryShare(sample.evidence.phase) : undefined;
}
