/** A rollout's state from its record: to go on after a crash, and to see that what was decided follows from what was seen. */

import type { Cursors } from "../counts/observation";
import {
    type About,
    decide,
    enterPhase,
    type RolloutState,
    routed,
    startState,
} from "../decision/decide";
import { nextWeight } from "../decision/rolloutSettings";
import type { EndedRecord, JournalRecord, RollbackRecord, Started } from "./record";

export interface Replayed {
    readonly started: Started;
    /** Undefined until the first weight was routed. */
    readonly state: RolloutState | undefined;
    readonly cursors: Cursors;
    /** A weight that was begun with and is not written yet, as far as is known. */
    readonly begun: number | undefined;
    /** The last weight that was written. */
    readonly weight: number;
    readonly approved: readonly number[];
    readonly paused: boolean;
    /** The first record of a rollback, once one was decided: its reason is the verdict's. */
    readonly rollback: RollbackRecord | undefined;
    readonly ended: EndedRecord | undefined;
    /** Decisions that are not the recorded ones; none unless the record or this program was changed. */
    readonly different: readonly Difference[];
}

export interface Difference {
    readonly seq: number;
    readonly recorded: string;
    readonly recomputed: string;
}

/** @throws Error when the first record does not say what the rollout is about. */
export function replay(records: readonly JournalRecord[]): Replayed {
    const [first, ...rest] = records;
    if (first?.type !== "started") {
        throw new Error(
            `The record must begin with "started"; found ${first === undefined ? "nothing" : `"${first.type}"`}.`,
        );
    }
    let now: Replayed = {
        started: first,
        state: undefined,
        cursors: first.cursors,
        begun: undefined,
        weight: first.weight,
        approved: [],
        paused: false,
        rollback: undefined,
        ended: undefined,
        different: [],
    };
    for (const record of rest) now = { ...now, ...step(first, now, record) };
    return now;
}

function step(about: About, before: Replayed, record: JournalRecord): Partial<Replayed> {
    switch (record.type) {
        case "phase": {
            const { weight, step } = record;
            if (step === "updated") {
                const state = entered(about, before.state, weight, record.at);
                return { begun: undefined, weight, state };
            }
            if (step !== "routed") return { begun: weight };
            return {
                begun: undefined,
                weight,
                state: arrived(about, before.state, weight, record.at),
            };
        }
        case "look":
            return looked(about, before, record);
        case "control":
            return controlled(about, before, record);
        case "rollback":
            return { rollback: before.rollback ?? record };
        case "ended":
            return { ended: record };
        default:
            return {};
    }
}

/** The state when callers have a weight: its clock starts. One that a hand has set was not written by a driver. */
export function arrived(
    about: About,
    state: RolloutState | undefined,
    weight: number,
    at: number,
): RolloutState {
    const known = state?.phase.weight === weight ? state : entered(about, state, weight, at);
    return routed(known, at);
}

/** The state when a weight is written. */
export function entered(
    about: About,
    state: RolloutState | undefined,
    weight: number,
    at: number,
): RolloutState {
    return state === undefined
        ? startState(about, weight, at)
        : enterPhase(about, state, weight, at);
}

function looked(
    about: About,
    before: Replayed,
    record: Extract<JournalRecord, { type: "look" }>,
): Partial<Replayed> {
    const { cursors, observation, problem, reason = "" } = record;
    if (before.state === undefined) return { cursors };
    const at = record.lookedAt;
    const look =
        observation === undefined
            ? { at, problem: problem ?? "unreachable", reason }
            : { at, observation };
    const { state, decision } = decide(about, before.state, look);
    const same = decision.action === record.decision.action;
    const difference: Difference = {
        seq: record.seq,
        recorded: `${record.decision.action}: ${record.decision.reason}`,
        recomputed: `${decision.action}: ${decision.reason}`,
    };
    return {
        cursors,
        state,
        different: same ? before.different : [...before.different, difference],
    };
}

function controlled(
    about: About,
    before: Replayed,
    { control }: Extract<JournalRecord, { type: "control" }>,
): Partial<Replayed> {
    switch (control) {
        case "pause":
            return { paused: true };
        case "resume":
            return { paused: false };
        case "approve":
            return { approved: [...before.approved, nextWeight(about, before.weight) ?? 100] };
        default:
            return {};
    }
}
