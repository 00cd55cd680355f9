/** The record of a rollout that the driver keeps: whatever it decided can be recomputed from these. */
import type { RolloutConfig } from "../../../rollout/config/rolloutConfig";
import { SLOTS, type Slot } from "../../../rollout/config/topics/roles";
import type { Analysis } from "../config/analysis";
import type { Cursors, MetricsProblem, Observation } from "../counts/observation";
import type { Decision } from "../decision/decision";

/** How a rollout ended. `held`: stopped where it was, for a person to go on. */
export type Outcome = "promoted" | "rolledBack" | "held";

/** What one rollout is about; the first record. */
export interface Started {
    readonly type: "started";
    /** Unique: `<app>-<UTC time>`, as "web-20261121T131200Z". */
    readonly id: string;
    readonly stack: string;
    readonly app: string;
    readonly namespace: string;
    readonly stable: Slot;
    readonly canary: Slot;
    readonly images: Readonly<Partial<Record<Slot, string>>>;
    /** The weights that will be taken, a probe's first. */
    readonly ladder: readonly number[];
    /** Whether the first of them is a probe: below the ladder's own, for as long as it takes to see the worst. */
    readonly probe: boolean;
    readonly analysis: Analysis;
    /** Bounds of duration that are watched, milliseconds; from the stable's histogram before the rollout. */
    readonly bounds: readonly number[];
    /** φ, from the stable's pods before the rollout. */
    readonly dispersion: number;
    /** Requests per second to the service before the rollout. */
    readonly rate: number;
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
    /** The canary's weight when the rollout began: 0, or what a hand had set. */
    readonly weight: number;
    /** Up to where counters were read then. */
    readonly cursors: Cursors;
    /** SHA-256 of the stack's config. */
    readonly configHash: string;
    readonly toolVersion: string;
}

/** A weight on its way. */
export interface PhaseRecord {
    readonly type: "phase";
    readonly weight: number;
    /**
     * wanted: before anything is written; previewed; updated: the engine has done it; routed: the data plane has it,
     * and the phase's clock starts.
     */
    readonly step: "wanted" | "previewed" | "updated" | "routed";
    /** Seconds that the step took. */
    readonly seconds?: number;
    /** What the preview's policies advised, or what was seen of the data plane. */
    readonly notes?: readonly string[];
}

/** One look, whatever came of it. */
export interface LookRecord {
    readonly type: "look";
    readonly weight: number;
    /** When the look was, by the driver's clock: what the decision rests on. */
    readonly lookedAt: number;
    readonly cursors: Cursors;
    readonly observation?: Observation;
    /** When there is no observation. */
    readonly problem?: MetricsProblem;
    readonly reason?: string;
    readonly decision: Decision;
}

/** A rollback on its way; `seconds` since the verdict. */
export interface RollbackRecord {
    readonly type: "rollback";
    readonly step: "verdict" | "engine" | "emergency" | "written" | "routed" | "failed";
    readonly seconds: number;
    readonly reason: string;
}

export interface GateRecord {
    readonly type: "gate";
    readonly gate: string;
    readonly weight: number;
    readonly when: "before" | "after";
    readonly verdict: "pass" | "fail" | "waiting" | "error";
    readonly reason: string;
}

/** What a person asked for. */
export interface ControlRecord {
    readonly type: "control";
    readonly control: Control;
    /** Who, as the cluster or the machine knows them. */
    readonly by: string;
}
export type Control = "approve" | "pause" | "resume" | "promote" | "rollback" | "hold";

/** The weight is not what the driver wrote. */
export interface DriftRecord {
    readonly type: "drift";
    readonly where: "VirtualService" | "config";
    readonly wanted: number;
    readonly found: number | string;
}

export interface NoteRecord {
    readonly type: "note";
    readonly text: string;
}

export interface ResumedRecord {
    readonly type: "resumed";
    /** What the driver before this one left. */
    readonly found: string;
}

export interface EndedRecord {
    readonly type: "ended";
    readonly outcome: Outcome;
    readonly reason: string;
}

export type RecordBody =
    | Started
    | PhaseRecord
    | LookRecord
    | RollbackRecord
    | GateRecord
    | ControlRecord
    | DriftRecord
    | NoteRecord
    | ResumedRecord
    | EndedRecord;

/** A record as the journal has it: a place in order, and a time in milliseconds since the epoch. */
export type JournalRecord = RecordBody & { readonly seq: number; readonly at: number };

/** What a config's slots run, for the record. */
export function imagesOf({ versions }: Pick<RolloutConfig, "versions">): Started["images"] {
    const images = SLOTS.flatMap((slot) => {
        const image = versions[slot]?.image;
        return typeof image === "string" ? [[slot, image] as const] : [];
    });
    return Object.fromEntries(images);
}
