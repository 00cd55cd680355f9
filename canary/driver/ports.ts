/** The driver's ports, as narrow as possible: a folder or file beside this one implements each, and unit tests fake it. */
import type { Slot } from "../../rollout/config/slots";
import type { WorkloadProblem } from "../../rollout/plan/referencedWorkload";
import type { Shares } from "../../rollout/plan/shares";
import type { Finding } from "../../rollout/rules/rule";
import type { ClusterObjects } from "../analysis/cluster/otherRoutes";
import type { ReadConfig } from "../analysis/config/readConfig";
import type { FetchResult } from "../analysis/counts/observation";
import type { ProxyRead } from "../analysis/counts/proxyCounts";
import type { LiveStatus } from "../analysis/record/liveStatus";
import type { Control, JournalRecord, RecordBody } from "../analysis/record/record";
import type { RolloutStatus, State } from "../analysis/record/reduce";

export interface Clock {
    /** Milliseconds since the epoch. It jumps when the machine's clock is set. */
    now(): number;
    /** Milliseconds since some time; never jumps. */
    elapsed(): number;
    /** Ends early, without an error, when `signal` aborts. */
    sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The phase that a sample belongs to. */
export interface SampledPhase {
    /** Id of the rollout. */
    readonly rollout: string;
    /** When callers got the weight, milliseconds since the epoch; undefined before that. */
    readonly routedAt: number | undefined;
}

export interface Metrics {
    /**
     * Raw counters of the last `seconds`. Never rejects: a problem is a result.
     * @param phase undefined before a rollout
     */
    fetch(seconds: number, signal?: AbortSignal, phase?: SampledPhase): Promise<FetchResult>;
}

/** The proxies' own counters, read beside Prometheus. */
export interface Proxies {
    /** One read of each proxy that is known and may be read, and problems that were not reported before. Never rejects. */
    read(signal?: AbortSignal): Promise<{
        readonly reads: readonly ProxyRead[];
        readonly problems: readonly string[];
    }>;
}

/** The result of a preview or an update. */
export type EngineResult =
    | { readonly ok: true; readonly seconds: number; readonly notes: readonly string[] }
    | {
          readonly ok: false;
          /** refused: by a rule or by the config, and nothing was written. locked: another update runs. failed: anything else. */
          readonly why: "refused" | "locked" | "failed";
          /** The whole message, for a person. */
          readonly reason: string;
          readonly seconds: number;
      };

/** Pulumi, on the program on disk. */
export interface Engine {
    /** The stack's rollout, and the driver's config. Called first. @throws Error if the stack has no rollout. */
    config(): Promise<ReadConfig>;
    /** The weight in the stack's config file; cheap enough for every sample. */
    configuredWeight(): Promise<number>;
    /** Writes keys of the rollout to the stack's config file. */
    setConfig(values: Readonly<Record<string, string | number>>): Promise<void>;
    /** Which other driver updates the stack now; undefined if none does. Without this, an update finds the stack locked. */
    busy?(): Promise<string | undefined>;
    /** A preview with the policy pack; a mandatory violation refuses. */
    preview(signal?: AbortSignal): Promise<EngineResult>;
    /** The update itself, without a preview. @param refresh whether it first reads the objects from the cluster. */
    update(signal?: AbortSignal, refresh?: boolean): Promise<EngineResult>;
    /** Clears the lock of a dead process. @returns what was cleared, or who holds the lock. */
    unlock(): Promise<{ readonly cleared: boolean; readonly reason: string }>;
}

/** The VirtualService in the cluster. */
export interface WrittenRoute {
    readonly shares: Shares;
    readonly stable: Slot;
    /** Shares in the VirtualService for gateways, if there is one and it splits requests. */
    readonly atGateways?: Shares;
    /** Faults that both VirtualServices inject. Absent: none. */
    readonly faults?: readonly Finding[];
}

export interface Mesh {
    /** Undefined if there is no VirtualService. @throws Error if the API server does not answer. */
    written(): Promise<WrittenRoute | undefined>;
    /** Whether the cluster has the route's kind, which Istio or the Gateway API installs. @throws Error as above. */
    hasRouteKind(): Promise<boolean>;
    /** Writes weight 0 to the VirtualService directly, as the engine's field manager, so that the next update agrees. */
    resetWeights(): Promise<void>;
    /** What else routes, limits or scales the rollout's requests and pods. @throws Error if the API server does not answer. */
    others(): Promise<ClusterObjects>;
    /** Ready and desired pods of a slot. @throws Error if the API server does not answer. */
    pods(slot: Slot): Promise<{ readonly ready: number; readonly wanted: number }>;
    /** The workload of a slot whose pods somebody else manages; undefined for others. @throws Error as above. */
    referenced?(slot: Slot): Promise<LiveReference | undefined>;
}

/** A workload that somebody else manages. */
export interface LiveReference {
    /** Why it cannot take requests. */
    readonly problems: readonly WorkloadProblem[];
    /** Image of its first container. */
    readonly image?: string;
}

/** Tells when callers use a weight. */
export interface Propagation {
    /**
     * Waits at most 60 s. If callers do not use the weight by then, `evidence` says so; it does not reject.
     * @param since when the weight was written, milliseconds since the epoch
     */
    wait(
        weight: number,
        since: number,
        signal?: AbortSignal,
    ): Promise<{ readonly seconds: number; readonly evidence: string }>;
}

/** One driver per rollout: a Lease in the cluster, which also carries commands to the driver. */
export interface Lease {
    /** @throws LeaseHeld with the holder's name. */
    acquire(): Promise<void>;
    release(): Promise<void>;
    /** Aborts when another driver takes the Lease, or when it could not be renewed in time. */
    readonly lost: AbortSignal;
    /**
     * New commands, in order, without those that were recorded. Never rejects: while the API server does not answer, the list is
     * empty, and a later call returns the commands.
     */
    controls(): Promise<
        readonly { readonly id: string; readonly control: Control; readonly by: string }[]
    >;
    /** The journal has the command: it leaves the Lease with the next call of `controls`, or at the release. */
    recorded(id: string): void;
    /** Stores the status for `istio-canary status`. @throws Error if the API server does not answer. */
    show(status: LeaseStatus): Promise<void>;
}

export interface LeaseStatus {
    readonly id: string;
    readonly weight: number;
    /** Milliseconds since the epoch. */
    readonly phaseStartedAt: number | undefined;
    readonly state: State;
    readonly reason: string;
    /** Drivers of earlier releases do not store it. */
    readonly live?: LiveStatus;
}

export interface Journal {
    /** On disk when it resolves. */
    append(body: RecordBody): Promise<JournalRecord>;
    /** The records at the time of opening. */
    readonly records: readonly JournalRecord[];
}

export interface Gates {
    /**
     * Asks all gates of a phase. `waiting` is an answer: the driver asks again after its next sample.
     * @param approved whether a person has approved this weight.
     */
    ask(
        when: "before" | "after",
        weight: number,
        approved: boolean,
    ): Promise<readonly GateAnswer[]>;
    /** Asks the load generators for traffic; empty if there are none. */
    requestLoad(weight: number, reason: string): Promise<readonly GateAnswer[]>;
}

export interface GateAnswer {
    readonly gate: string;
    readonly verdict: "pass" | "fail" | "waiting" | "error";
    readonly reason: string;
}

export type EventName =
    | "started"
    | "phase"
    | "verdict"
    | "waiting"
    | "rolledBack"
    | "promoted"
    | "held";

export interface Notifier {
    /** Never rejects and never delays a rollback; `flush` lists undelivered notifications. */
    send(
        event: EventName,
        about: { readonly id: string; readonly weight: number; readonly reason: string },
    ): void;
    /** Waits for pending notifications, at most `milliseconds`. @returns undelivered notifications. */
    flush(milliseconds: number): Promise<readonly string[]>;
}

/** Follows a rollout: the terminal, the metrics, the Lease. */
export interface Watcher {
    record(record: JournalRecord, status: RolloutStatus): void;
}

export interface Ports {
    readonly clock: Clock;
    readonly metrics: Metrics;
    /** Undefined if the proxies are not read. */
    readonly proxies?: Proxies;
    readonly engine: Engine;
    readonly mesh: Mesh;
    readonly propagation: Propagation;
    readonly lease: Lease;
    readonly gates: Gates;
    readonly notifier: Notifier;
}
