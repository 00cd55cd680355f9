/** The timeline of weights: when each was wanted, written and routed, and what was counted at it. */

import { addCounts, NO_COUNTS, sumCounts } from "../counts/sums";
import type { JournalRecord } from "../record/record";
import { type MomentOf, type Of, secondsBetween } from "./moments";
import type { Moment, PhaseReport } from "./rolloutReport";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Draft = Mutable<Omit<PhaseReport, "seconds">> & { seconds: Mutable<PhaseReport["seconds"]> };

/** @param moment gives the time of a record. */
export function phasesOf(records: readonly JournalRecord[], moment: MomentOf): PhaseReport[] {
    const phases: Draft[] = [];
    for (const record of records) {
        const at = moment(record.at);
        switch (record.type) {
            case "phase":
                step(phaseFor(phases, record.weight, at), record, at);
                break;
            case "rollback":
                stepBack(rollbackFor(phases, at), record, at);
                break;
            case "look":
                look(phaseFor(phases, record.weight, at), record);
                break;
            case "ended":
                close(phases.at(-1), at);
                break;
        }
    }
    const last = records.at(-1);
    if (last !== undefined) close(phases.at(-1), moment(last.at));
    return phases;
}

/** A driver that takes over wants the weight again that the one before it had begun with: that is one phase. */
function phaseFor(phases: Draft[], weight: number, at: Moment): Draft {
    const current = phases.at(-1);
    if (current?.kind === "phase" && current.weight === weight) return current;
    return begin(phases, "phase", weight, at);
}

function rollbackFor(phases: Draft[], at: Moment): Draft {
    const current = phases.at(-1);
    return current?.kind === "rollback" ? current : begin(phases, "rollback", 0, at);
}

function begin(phases: Draft[], kind: Draft["kind"], weight: number, at: Moment): Draft {
    close(phases.at(-1), at);
    const draft: Draft = { kind, weight, seconds: {}, looks: 0, ...NO_COUNTS, notes: [] };
    phases.push(draft);
    return draft;
}

function close(phase: Draft | undefined, at: Moment): void {
    if (phase?.routed === undefined || phase.seconds.held !== undefined) return;
    phase.seconds.held = secondsBetween(phase.routed, at);
}

function step(phase: Draft, record: Of<"phase">, at: Moment): void {
    const { seconds, notes = [] } = record;
    switch (record.step) {
        case "wanted":
            phase.wanted ??= at;
            break;
        case "previewed":
            phase.previewed = at;
            if (seconds !== undefined) phase.seconds.preview = seconds;
            break;
        case "updated":
            phase.updated = at;
            if (seconds !== undefined) phase.seconds.update = seconds;
            break;
        case "routed":
            phase.routed = at;
            if (seconds !== undefined) phase.seconds.route = seconds;
            phase.notes = [...phase.notes, ...notes];
            break;
    }
}

function stepBack(phase: Draft, record: Of<"rollback">, at: Moment): void {
    switch (record.step) {
        case "verdict":
            phase.wanted ??= at;
            break;
        // The engine ends after callers have the weight: what counts is when it was written.
        case "written":
        case "emergency":
        case "engine":
            phase.updated ??= at;
            break;
        case "routed": {
            phase.routed = at;
            phase.notes = [...phase.notes, record.reason];
            const since = phase.updated ?? phase.wanted;
            if (since !== undefined) phase.seconds.route = secondsBetween(since, at);
            break;
        }
    }
    if (phase.wanted !== undefined && phase.updated !== undefined) {
        phase.seconds.update = secondsBetween(phase.wanted, phase.updated);
    }
}

function look(phase: Draft, { observation, decision }: Of<"look">): void {
    phase.looks += 1;
    if (observation !== undefined) {
        const { canary, stable } = addCounts(phase, sumCounts(observation.strata));
        phase.canary = canary;
        phase.stable = stable;
    }
    const { action, reason } = decision;
    if (action !== "hold") phase.verdict = { action, reason };
}
