/** The records in a rollout's journal. Every decision can be recomputed from them. */
import type { Slot } from "../../../rollout/config/slots";
import type { Cursors, MetricsProblem, Observation } from "../counts/observation";
import type { ProxyReading } from "../counts/proxyCounts";
import type { Decision } from "../decision/decision";
import type { ProxyVerdict } from "../decision/judgeProxies";
import type { RolloutSettings } from "../decision/rolloutSettings";

/** How a rollout ended. `held`: the driver stopped at the current weight, so that a person can decide. */
export type Outcome = "promoted" | "rolledBack" | "held";

/** The first record: what is rolled out, and the settings of the analysis. */
export interface Started extends RolloutSettings {
    readonly type: "started";
    /** Unique: `<app>-<UTC time>`, such as "web-20261121T131200Z". */
    readonly id: string;
    readonly stack: string;
    /** The component's name in the program. Earlier releases did not record it. */
    readonly rollout?: string;
    readonly app: string;
    readonly namespace: string;
    readonly images: Readonly<Partial<Record<Slot, string>>>;
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
    /** The canary's weight when the rollout began: 0 unless it was set by hand. */
    readonly weight: number;
    /** How far the counters were read when the rollout began. */
    readonly cursors: Cursors;
    /** SHA-256 of the stack's config. */
    readonly configHash: string;
    readonly toolVersion: string;
    /** Pages about the change or the app. */
    readonly links?: readonly Link[];
}

/** A page that tells more: a commit, a pull request, the run that rolls out, a dashboard. */
export interface Link {
    readonly name: string;
    /** http or https. */
    readonly url: string;
}

/** One step of the update to a weight. */
export interface PhaseRecord {
    readonly type: "phase";
    readonly weight: number;
    /**
     * `wanted`: nothing is written yet; `previewed`: the preview has succeeded; `updated`: the engine has finished; `routed`: callers
     * have the weight, and the phase's clock starts; `postponed`: the stack was locked, and the weight is as before.
     */
    readonly step: "wanted" | "previewed" | "updated" | "routed" | "postponed";
    /** Seconds that the step took. */
    readonly seconds?: number;
    /** Advice of policies in the preview, or how the driver knows that callers have the weight. */
    readonly notes?: readonly string[];
}

/** One poll of Prometheus, and the decision. */
export interface SampleRecord {
    readonly type: "sample";
    readonly weight: number;
    /** By the driver's clock; the decision depends on it. */
    readonly sampledAt: number;
    readonly cursors: Cursors;
    readonly observation?: Observation;
    /** Why there is no observation. */
    readonly problem?: MetricsProblem;
    readonly reason?: string;
    readonly decision: Decision;
}

/** What the proxies' own counters showed when the driver decided to roll back on them, between two samples. */
export interface ProxiesRecord {
    readonly type: "proxies";
    readonly weight: number;
    readonly readings: readonly ProxyReading[];
    readonly verdict: ProxyVerdict;
}

/** One step of a rollback; `seconds` since the verdict. */
export interface RollbackRecord {
    readonly type: "rollback";
    /**
     * `verdict`: the driver decided to roll back; `written`: the API server has weight 0; `routed`: callers have it; `engine`: the
     * driver ran a Pulumi update; `failed`: it gave up on Pulumi. `emergency` is of earlier releases: a patch of the VirtualService.
     */
    readonly step: "verdict" | "engine" | "emergency" | "written" | "routed" | "failed";
    /** Whether an attempt (engine, emergency) succeeded. */
    readonly ok?: boolean;
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

/** A command from a person. */
export interface ControlRecord {
    readonly type: "control";
    readonly control: Control;
    /** `user@host` */
    readonly by: string;
}
export type Control = "approve" | "pause" | "resume" | "promote" | "rollback" | "hold";

/** Someone else has changed the weight. */
export interface DriftRecord {
    readonly type: "drift";
    /** `VirtualService` is of earlier releases. */
    readonly where: "route" | "config" | "VirtualService";
    /** What the driver wrote. */
    readonly wanted: number;
    readonly found: number | string;
}

export interface NoteRecord {
    readonly type: "note";
    readonly text: string;
}

export interface ResumedRecord {
    readonly type: "resumed";
    /** What the driver found when it resumed. */
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
    | SampleRecord
    | ProxiesRecord
    | RollbackRecord
    | GateRecord
    | ControlRecord
    | DriftRecord
    | NoteRecord
    | ResumedRecord
    | EndedRecord;

/** A record in the journal: its number, and its time in milliseconds since the epoch. */
export type JournalRecord = RecordBody & { readonly seq: number; readonly at: number };
