/** What a rollout's report says: the shape of `istio-canary report --format json`, and what pages and comments are made of. */

import type { MetricsProblem } from "../counts/observation";
import type { Action, GateVerdict, Verdict } from "../decision/decision";
import type {
    Control,
    DriftRecord,
    GateRecord,
    Outcome,
    RollbackRecord,
    Started,
} from "../record/record";
import type { Arm } from "../statistics/counts";

/** Rises when a field goes or changes its meaning; new fields may come without. */
export const REPORT_VERSION = 1;

/** A point in time. */
export interface Moment {
    /** ISO 8601, UTC. */
    readonly at: string;
    /** Since the rollout's first record. */
    readonly second: number;
}

/** A field that may be left out is left out where there is nothing to say. All seconds and counts are plain numbers. */
export interface RolloutReport {
    readonly version: typeof REPORT_VERSION;
    readonly rollout: RolledOut;
    /** `unfinished`: the record has no end; the rollout is under way, or its driver is gone. */
    readonly outcome: Outcome | "unfinished";
    /** Why it ended so; of an unfinished one why it is where it is. */
    readonly reason: string;
    readonly started: Moment;
    /** The last record. */
    readonly ended: Moment;
    /** Every weight in the order taken, the way back last. */
    readonly phases: readonly PhaseReport[];
    /** Requests of the whole rollout, as callers' sidecars counted them up to the last look. */
    readonly total: Totals;
    readonly exposure: Exposure;
    /** Requests above each watched bound of duration, over the whole rollout. */
    readonly latency: readonly SlowReport[];
    /** One point per look, in order. */
    readonly looks: readonly LookReport[];
    readonly decisions: readonly DecisionReport[];
    readonly gates: readonly (Moment &
        Pick<GateRecord, "gate" | "weight" | "when" | "verdict" | "reason">)[];
    readonly controls: readonly (Moment & { readonly control: Control; readonly by: string })[];
    readonly drift: readonly (Moment & Pick<DriftRecord, "where" | "wanted" | "found">)[];
    readonly rollback?: RollbackReport;
    /** What a driver found that took over from one that was gone. */
    readonly resumed: readonly (Moment & { readonly found: string })[];
    /** What policies advised in previews. */
    readonly policy: readonly { readonly weights: readonly number[]; readonly text: string }[];
    readonly notes: readonly (Moment & { readonly text: string })[];
    /** Looks at which Prometheus had no counts; those of one kind in a row are one. */
    readonly problems: readonly ProblemReport[];
}

/** What a rollout is about. */
export type RolledOut = Pick<
    Started,
    | "id"
    | "stack"
    | "app"
    | "namespace"
    | "stable"
    | "canary"
    | "images"
    | "ladder"
    | "configHash"
    | "toolVersion"
>;

/** One weight, from when it was wanted until the next one was. */
export interface PhaseReport {
    readonly kind: "phase" | "rollback";
    /** Of the canary, 0–100. */
    readonly weight: number;
    readonly wanted?: Moment;
    readonly previewed?: Moment;
    /** The engine has done it; of a rollback, the VirtualService has it. */
    readonly updated?: Moment;
    /** The data plane has it: the phase's clock starts. */
    readonly routed?: Moment;
    readonly seconds: {
        readonly preview?: number;
        readonly update?: number;
        /** From `updated` until the data plane had it. */
        readonly route?: number;
        /** From then until the next weight was wanted, or the record ended. */
        readonly held?: number;
    };
    readonly looks: number;
    readonly canary: Arm;
    readonly stable: Arm;
    /** Why it ended: the reason of the decision that was no hold. */
    readonly verdict?: { readonly action: string; readonly reason: string };
    /** What was seen of the data plane. */
    readonly notes: readonly string[];
}

export interface Totals {
    readonly canary: Arm;
    readonly stable: Arm;
    /** Failures that no version can be told of: no pod was there to answer. */
    readonly unattributed: number;
}

export interface Exposure {
    /** Failed canary requests beyond what the stable's share of failures would have made of them. */
    readonly failed: number;
    /** What the config allowed. */
    readonly budget?: number;
}

/** Here `failed` are the requests that took longer. */
export interface SlowReport {
    /** Milliseconds. */
    readonly bound: number;
    readonly canary: Arm;
    readonly stable: Arm;
}

/** One look. Evidence is the natural logarithm of an e-value, as in the record. */
export interface LookReport extends Moment {
    readonly weight: number;
    /** Since the look before; left out where Prometheus had none. */
    readonly counts?: { readonly canary: Arm; readonly stable: Arm };
    /** That the canary fails more; rollback at the limit. */
    readonly harm: number;
    readonly harmLimit: number;
    /** That it is slower; rollback at the limit. */
    readonly slow: number;
    readonly slowLimit: number;
    /** That the next weight costs little enough, in this phase; pass at the limit. */
    readonly safe: number;
    readonly safeLimit: number;
    /** Failed requests that the canary has cost so far. */
    readonly exposed: number;
}

/** A decision, or several holds in a row for one reason. */
export interface DecisionReport {
    readonly from: Moment;
    readonly to: Moment;
    readonly looks: number;
    readonly weight: number;
    readonly action: Action;
    readonly verdict: Verdict;
    /** The last look's, as all numbers here. */
    readonly reason: string;
    readonly gates: readonly GateVerdict[];
    readonly evidence: Omit<LookReport, keyof Moment | "weight" | "counts">;
    /** Of the phase up to then. */
    readonly phase: { readonly canary: Arm; readonly stable: Arm; readonly dwellSeconds: number };
}

export interface RollbackReport {
    readonly reason: string;
    /** As they came; `second` is since the verdict. */
    readonly steps: readonly {
        readonly step: RollbackRecord["step"];
        readonly second: number;
        readonly reason: string;
    }[];
    /** From the verdict until the data plane had weight 0; left out when it has not. */
    readonly seconds?: number;
}

export interface ProblemReport {
    readonly problem: MetricsProblem;
    readonly from: Moment;
    readonly to: Moment;
    readonly looks: number;
    readonly reason: string;
}
