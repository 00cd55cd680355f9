/** What the driver needs of the world, as narrow as it can be: each is one file beside this one, and a fake in tests. */
import type { Slot } from "../../rollout/config/topics/roles";
import type { Shares } from "../../rollout/plan/plan";
import type { ReadConfig } from "../analysis/config/readConfig";
import type { Fetched } from "../analysis/counts/observation";
import type { Control, JournalRecord, Outcome, RecordBody } from "../analysis/record/record";

export interface Clock {
    /** Milliseconds since the epoch. */
    now(): number;
    /** Ends early, without an error, when `signal` aborts. */
    sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Metrics {
    /** Raw counters of the last `seconds`. Never rejects: what went wrong is an answer. */
    fetch(seconds: number, signal?: AbortSignal): Promise<Fetched>;
}

/** What came of a preview or an update. */
export type EngineResult =
    | { readonly ok: true; readonly seconds: number; readonly notes: readonly string[] }
    | {
          readonly ok: false;
          /** refused: by a rule or by config, nothing was written. locked: another update runs. failed: anything else. */
          readonly why: "refused" | "locked" | "failed";
          /** What is wrong, whole, fit for a person. */
          readonly reason: string;
          readonly seconds: number;
      };

/** Pulumi, on the program on disk. */
export interface Engine {
    /** The stack's config as it is on disk now. @throws ConfigError */
    config(): Promise<ReadConfig>;
    /** The weight in the stack's config file now; cheap enough for every look. */
    configuredWeight(): Promise<number>;
    /** Writes these keys of the rollout's to the stack's config file. */
    setConfig(values: Readonly<Record<string, string | number>>): Promise<void>;
    /** Preview with the policy pack; a mandatory violation refuses. */
    preview(signal?: AbortSignal): Promise<EngineResult>;
    /** The update itself, without a preview. */
    update(signal?: AbortSignal): Promise<EngineResult>;
    /** Clears a lock that a dead process of this host left. @returns what was cleared, or who holds it. */
    unlock(): Promise<{ readonly cleared: boolean; readonly reason: string }>;
}

/** The VirtualService as the API server has it. */
export interface WrittenRoute {
    readonly shares: Shares;
    readonly stable: Slot;
    /** Of the VirtualService that is the gateways' alone, where there is one: both are right, or there is drift. */
    readonly atGateways?: Shares;
}

export interface Mesh {
    /** Undefined when there is no VirtualService. @throws Error when the API server gives no answer. */
    written(): Promise<WrittenRoute | undefined>;
    /** Weight 0 straight into the VirtualService, past the engine. */
    patchToStable(): Promise<void>;
    /** Pods of a slot that are ready, and wanted. @throws Error when the API server gives no answer. */
    pods(slot: Slot): Promise<{ readonly ready: number; readonly wanted: number }>;
}

/** When the callers' sidecars have a weight. */
export interface Convergence {
    /**
     * Waits, at most 60 s; that it took longer is told, not thrown.
     * @param since when the weight was written, milliseconds since the epoch
     */
    routed(
        weight: number,
        since: number,
        signal?: AbortSignal,
    ): Promise<{ readonly seconds: number; readonly how: string }>;
}

/** One driver per rollout: a Lease in the cluster, by which people also talk to the driver. */
export interface Lease {
    /** @throws LeaseHeld with the holder's name. */
    acquire(): Promise<void>;
    release(): Promise<void>;
    /** Aborts when the Lease was lost to somebody else. */
    readonly lost: AbortSignal;
    /**
     * What people have asked for since the last call, in order; what the last call gave counts as taken. Never rejects:
     * while the API server gives no answer there is nothing, and it comes with a later call.
     */
    controls(): Promise<readonly { readonly control: Control; readonly by: string }[]>;
    /** Shown by `istio-canary status` from anywhere. Never rejects. */
    show(status: LeaseStatus): Promise<void>;
}

export interface LeaseStatus {
    readonly id: string;
    readonly weight: number;
    /** Milliseconds since the epoch. */
    readonly phaseStartedAt: number | undefined;
    readonly state: "running" | "waiting" | "paused" | "rollingBack" | Outcome;
    readonly reason: string;
}

export interface Journal {
    /** On disk when it resolves. */
    append(body: RecordBody): Promise<JournalRecord>;
    /** What was in it when it was opened. */
    readonly records: readonly JournalRecord[];
}

export interface Gates {
    /**
     * All gates of a phase. Waiting is an answer: the driver asks again at its next look. What has passed once is not asked
     * again for the same weight.
     * @param approved whether a person has approved this weight.
     */
    ask(
        when: "before" | "after",
        weight: number,
        approved: boolean,
    ): Promise<readonly GateAnswer[]>;
    /** Asks the load generators for traffic; undefined where there is none. */
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
    /** Never rejects and is never waited for by a rollback; what was not delivered is told when the run ends. */
    send(
        event: EventName,
        about: { readonly id: string; readonly weight: number; readonly reason: string },
    ): void;
    /** Waits for what is under way, at most `milliseconds`. @returns what was not delivered. */
    flush(milliseconds: number): Promise<readonly string[]>;
}

/** For people, and for /metrics: sees every record as it is written. */
export interface Watcher {
    saw(record: JournalRecord): void;
}

export interface Ports {
    readonly clock: Clock;
    readonly metrics: Metrics;
    readonly engine: Engine;
    readonly mesh: Mesh;
    readonly convergence: Convergence;
    readonly lease: Lease;
    readonly journal: Journal;
    readonly gates: Gates;
    readonly notifier: Notifier;
    readonly watchers: readonly Watcher[];
}
