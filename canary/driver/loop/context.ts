/** One run of the driver: its parts, and how it ends. */

import type { Outcome } from "../../analysis/record/record";
import type { Ports } from "../ports";
import type { RolloutLog } from "./rolloutLog";

/** The run stops before the rollout has ended; `istio-canary run --resume` continues it. */
export class Stopped extends Error {
    override readonly name = "Stopped";
}

export interface Ended {
    readonly outcome: Outcome;
    readonly reason: string;
}

/** State of this process only. Everything else is in the log's status. */
export interface Polling {
    /** Set while callers do not have the written weight yet. */
    propagation: Promise<void> | undefined;
    /** The result of propagation, until it is recorded. */
    arrival:
        | { readonly weight: number; readonly seconds: number; readonly evidence: string }
        | undefined;
    /** When the last sample was recorded, by `Clock.elapsed`, and which sources had new counts in it. */
    sampledAt: number;
    sources: readonly string[];
    /** Milliseconds between two scrapes, as last observed. */
    scrapeMs: number | undefined;
    /** Since when the first update waits for the stack's lock. */
    lockedSince?: number;
    /** Why an update was last postponed, which is said once. */
    lockedBy?: string;
    /** Aborts when the proxies' own counters are overwhelming evidence against the canary. */
    alarm?: AbortSignal;
    /** A preview or update that the alarm has overtaken. It still holds the stack's lock, and may still write the route. */
    overtaken?: Promise<void>;
}

export function newPolling(): Polling {
    return {
        propagation: undefined,
        arrival: undefined,
        sampledAt: Number.NEGATIVE_INFINITY,
        sources: [],
        scrapeMs: undefined,
    };
}

export interface Run {
    readonly ports: Ports;
    readonly log: RolloutLog;
    readonly polling: Polling;
    /** Aborts when the process is told to stop. */
    readonly signal: AbortSignal;
    /** Whether a rollback ends once callers have weight 0, even if the engine cannot run. */
    readonly emergency: boolean;
}

/** @throws Stopped if the process must stop, or the Lease is lost. */
export function throwIfStopped({ ports, signal }: Run): void {
    if (ports.lease.lost.aborted) {
        throw new Stopped(
            "This driver lost the rollout's Lease: another driver took it, or the API server did not answer. Check `istio-canary status`.",
        );
    }
    if (signal.aborted) {
        throw new Stopped("Stopped. To continue, run `istio-canary run --resume`.");
    }
}
