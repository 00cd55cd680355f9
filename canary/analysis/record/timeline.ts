/** The phases of a rollout in order, with the time of each step and the counts. */

import type { Action } from "../decision/decision";
import type { Counts } from "../statistics/counts";
import { addCounts, NO_COUNTS, sumCounts } from "../statistics/counts";
import type { JournalRecord, Outcome, PhaseRecord, RollbackRecord, SampleRecord } from "./record";

/** One weight, or the rollback. Times are milliseconds since the epoch. */
export interface TimelinePhase extends Counts {
    readonly kind: "phase" | "rollback";
    readonly weight: number;
    readonly wantedAt?: number;
    readonly previewedAt?: number;
    /** When the engine finished; for a rollback, when the API server had weight 0. */
    readonly updatedAt?: number;
    /** When callers got the weight. */
    readonly routedAt?: number;
    /** When the next phase began, or the rollout ended. */
    readonly endedAt?: number;
    readonly previewSeconds?: number;
    readonly updateSeconds?: number;
    readonly routeSeconds?: number;
    readonly samples: number;
    /** Why it ended. */
    readonly verdict?: { readonly action: Action | Outcome; readonly reason: string };
    /** How the driver knew that callers had the weight. */
    readonly notes: readonly string[];
}

export type Timeline = readonly TimelinePhase[];

/** The timeline after one more record. */
export function extendTimeline(phases: Timeline, record: JournalRecord): Timeline {
    switch (record.type) {
        case "phase":
            if (record.step === "postponed") return withoutPostponed(phases);
            return change(phases, "phase", record, (phase) => withStep(phase, record));
        case "rollback":
            return change(phases, "rollback", { weight: 0, at: record.at }, (phase) =>
                withRollbackStep(phase, record),
            );
        case "sample":
            return change(phases, "phase", record, (phase) => withSample(phase, record));
        case "ended": {
            const { outcome: action, reason } = record;
            const ended = (phase: TimelinePhase) => ({ verdict: { action, reason }, ...phase });
            return close(replaceLast(phases, ended), record.at);
        }
        default:
            return phases;
    }
}

/** A driver that resumes an update records `wanted` again for the same weight, which is still one phase. */
function change(
    phases: Timeline,
    kind: TimelinePhase["kind"],
    { weight, at }: { readonly weight: number; readonly at: number },
    update: (phase: TimelinePhase) => TimelinePhase,
): Timeline {
    const last = phases.at(-1);
    if (last?.kind === kind && last.weight === weight) return replaceLast(phases, update);
    const started = { kind, weight, samples: 0, ...NO_COUNTS, notes: [] };
    return [...close(phases, at), update(started)];
}

/** The update to the last phase has not begun: the phase before it goes on. */
function withoutPostponed(phases: Timeline): Timeline {
    return replaceLast(phases.slice(0, -1), ({ endedAt: _, ...phase }) => phase);
}

function replaceLast(phases: Timeline, update: (phase: TimelinePhase) => TimelinePhase): Timeline {
    const last = phases.at(-1);
    return last === undefined ? phases : [...phases.slice(0, -1), update(last)];
}

function close(phases: Timeline, at: number): Timeline {
    return replaceLast(phases, (phase) => ({ endedAt: at, ...phase }));
}

function withStep(phase: TimelinePhase, record: JournalRecord & PhaseRecord): TimelinePhase {
    const { at, step, seconds, notes = [] } = record;
    switch (step) {
        case "wanted":
            return { wantedAt: at, ...phase };
        case "postponed":
            return phase;
        case "previewed":
            return {
                ...phase,
                previewedAt: at,
                ...(seconds !== undefined && { previewSeconds: seconds }),
            };
        case "updated":
            return {
                ...phase,
                updatedAt: at,
                ...(seconds !== undefined && { updateSeconds: seconds }),
            };
        case "routed":
            return {
                ...phase,
                routedAt: at,
                ...(seconds !== undefined && { routeSeconds: seconds }),
                notes: [...phase.notes, ...notes],
            };
    }
}

function withRollbackStep(
    phase: TimelinePhase,
    { at, step, ok, reason }: JournalRecord & RollbackRecord,
): TimelinePhase {
    if (step === "verdict") return { wantedAt: at, ...phase };
    if (step === "routed") {
        const since = phase.updatedAt ?? phase.wantedAt;
        return {
            ...phase,
            routedAt: at,
            ...(since !== undefined && { routeSeconds: (at - since) / 1_000 }),
            notes: [...phase.notes, reason],
        };
    }
    // The first write counts: the engine finishes only after callers have the weight.
    const written = step !== "failed" && ok !== false;
    if (!written || phase.updatedAt !== undefined) return phase;
    const since = phase.wantedAt;
    return {
        ...phase,
        updatedAt: at,
        ...(since !== undefined && { updateSeconds: (at - since) / 1_000 }),
    };
}

function withSample(phase: TimelinePhase, { observation, decision }: SampleRecord): TimelinePhase {
    const { action, reason } = decision;
    return {
        ...phase,
        samples: phase.samples + 1,
        ...(observation !== undefined && addCounts(phase, sumCounts(observation.strata))),
        ...(action !== "hold" && { verdict: { action, reason } }),
    };
}
