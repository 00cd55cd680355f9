/** A rollout's report: the output of `istio-canary report --format json` and the input of the HTML and Markdown reports. */

import type { MetricsProblem } from "../counts/observation";
import type { Action, GateName, GateVerdict, Verdict } from "../decision/decision";
import type {
    Control,
    DriftRecord,
    GateRecord,
    Outcome,
    RollbackRecord,
    Started,
} from "../record/record";
import type { Arm } from "../statistics/counts";

/** Increases when a field is removed or changes its meaning; new fields may appear without an increase. */
export const REPORT_VERSION = 2;

/** A point in time. */
export interface Moment {
    /** ISO 8601, UTC. */
    readonly at: string;
    /** Seconds since the rollout's first record. */
    readonly second: number;
}

/** Optional fields are absent if there is nothing to report. */
export interface RolloutReport {
    readonly version: typeof REPORT_VERSION;
    readonly rollout: RolledOut;
    /** `unfinished`: the rollout is still running, or its driver was stopped. */
    readonly outcome: Outcome | "unfinished";
    /** Why the rollout ended; the last reason if it has not ended. */
    readonly reason: string;
    readonly started: Moment;
    /** Time of the last record. */
    readonly ended: Moment;
    /** Every weight in order, and the rollback last. */
    readonly phases: readonly PhaseReport[];
    /** Requests of the whole rollout, counted by the callers' sidecars up to the last sample. */
    readonly total: Totals;
    readonly exposure: Exposure;
    /** Requests above each latency bound, over the whole rollout. */
    readonly latency: readonly SlowReport[];
    /** In order. */
    readonly samples: readonly SampleReport[];
    readonly decisions: readonly DecisionReport[];
    /** Metrics with `dryRun`; absent if there are none. */
    readonly dryRuns?: readonly DryRunReport[];
    readonly gates: readonly (Moment &
        Pick<GateRecord, "gate" | "weight" | "when" | "verdict" | "reason">)[];
    readonly controls: readonly (Moment & { readonly control: Control; readonly by: string })[];
    readonly drift: readonly (Moment & Pick<DriftRecord, "where" | "wanted" | "found">)[];
    /** Verdicts on the proxies' own counters, between two samples. */
    readonly proxies?: readonly ProxiesReport[];
    readonly rollback?: RollbackReport;
    /** What drivers found when they resumed. */
    readonly resumed: readonly (Moment & { readonly found: string })[];
    /** Advice of policies in previews. */
    readonly policy: readonly { readonly weights: readonly number[]; readonly text: string }[];
    readonly notes: readonly (Moment & { readonly text: string })[];
    /** Samples without counts. Consecutive ones with the same problem are merged. */
    readonly problems: readonly ProblemReport[];
}

/** What was rolled out. */
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
    | "links"
>;

/** A verdict on the proxies' own counters. */
export interface ProxiesReport extends Moment {
    readonly weight: number;
    readonly action: string;
    readonly reason: string;
}

/** One weight, or the rollback. */
export interface PhaseReport {
    readonly kind: "phase" | "rollback";
    /** The canary's weight, 0–100. */
    readonly weight: number;
    readonly wanted?: Moment;
    readonly previewed?: Moment;
    /** The engine has finished; for a rollback, the API server has weight 0. */
    readonly updated?: Moment;
    /** Callers have the weight, which starts the phase's clock. */
    readonly routed?: Moment;
    /** The next weight was wanted, or the rollout ended; absent while the phase lasts. */
    readonly ended?: Moment;
    readonly seconds: {
        readonly preview?: number;
        readonly update?: number;
        /** From `updated` to `routed`. */
        readonly route?: number;
        /** From `routed` to `ended`, or to the last record. */
        readonly held?: number;
    };
    readonly samples: number;
    readonly canary: Arm;
    readonly stable: Arm;
    /** Why it ended. */
    readonly verdict?: { readonly action: string; readonly reason: string };
    /** How the driver knew that callers had the weight. */
    readonly notes: readonly string[];
}

export interface Totals {
    readonly canary: Arm;
    readonly stable: Arm;
    /** Failures without a version label, because no pod answered. */
    readonly unattributed: number;
}

export interface Exposure {
    /** Failed canary requests beyond the stable's share. */
    readonly failed: number;
    /** From the config. */
    readonly budget?: number;
}

/** `failed` counts the requests above the bound. */
export interface SlowReport {
    /** Milliseconds. */
    readonly bound: number;
    readonly canary: Arm;
    readonly stable: Arm;
}

/** One sample. Evidence is the natural logarithm of an e-value, as in the journal. */
export interface SampleReport extends Moment {
    readonly weight: number;
    /** Counts since the previous sample; absent if Prometheus returned none. */
    readonly counts?: { readonly canary: Arm; readonly stable: Arm };
    /** Evidence that the canary fails more; rollback at `harmLimit`. */
    readonly harm: number;
    readonly harmLimit: number;
    /** Evidence that the canary is slower; rollback at `slowLimit`. */
    readonly slow: number;
    readonly slowLimit: number;
    /** Evidence, in this phase, that the next weight is safe; pass at `safeLimit`. */
    readonly safe: number;
    readonly safeLimit: number;
    /** The cost so far: failed canary requests beyond the stable's share. */
    readonly exposed: number;
}

/** A decision, or consecutive holds that differ only in their numbers. */
export interface DecisionReport {
    readonly from: Moment;
    readonly to: Moment;
    readonly samples: number;
    readonly weight: number;
    readonly action: Action;
    readonly verdict: Verdict;
    /** From the last sample, like all numbers here. */
    readonly reason: string;
    readonly gates: readonly GateVerdict[];
    readonly evidence: Omit<SampleReport, keyof Moment | "weight" | "counts">;
    /** Counts of the phase up to the last sample. */
    readonly phase: { readonly canary: Arm; readonly stable: Arm; readonly dwellSeconds: number };
}

/** A metric that decides nothing: what it would have decided. */
export interface DryRunReport {
    readonly gate: GateName;
    /** Samples in which the metric was judged, and those in which it would have rolled back or held. */
    readonly samples: number;
    readonly failed: number;
    readonly held: number;
    /** Of the last sample. */
    readonly verdict: Verdict;
    readonly reason: string;
}

export interface RollbackReport {
    readonly reason: string;
    /** In order; `second` is since the verdict. */
    readonly steps: readonly {
        readonly step: RollbackRecord["step"];
        readonly second: number;
        readonly reason: string;
    }[];
    /** From the verdict until callers had weight 0; absent if they have not. */
    readonly seconds?: number;
}

export interface ProblemReport {
    readonly problem: MetricsProblem;
    readonly from: Moment;
    readonly to: Moment;
    readonly samples: number;
    readonly reason: string;
}
