/** One run of the driver: what it works with, and how it ends. */

import type { Cursors } from "../../analysis/counts/observation";
import type { RolloutState } from "../../analysis/decision/decide";
import type { Outcome, Started } from "../../analysis/record/record";
import type { GateAnswer, LeaseStatus, Ports } from "../ports";

/** Ends a run where it is, without an end in the journal: `istio-canary run --resume` goes on. */
export class Stopped extends Error {
    override readonly name = "Stopped";
}

export interface Ended {
    readonly outcome: Outcome;
    readonly reason: string;
}

/** What changes while a rollout runs. */
export interface Progress {
    state: RolloutState | undefined;
    cursors: Cursors;
    /** The last weight that was written. */
    weight: number;
    paused: boolean;
    /** Weights that a person has approved. */
    readonly approved: Set<number>;
    /** The last answer of each gate, by when, weight and name. */
    readonly answers: Map<string, GateAnswer>;
    /** A person wants the next phase now. */
    hurried: boolean;
    /** What is waited for while looks go on: callers that get the weight. */
    routing: Promise<void> | undefined;
    /** How and when they got it, until that is on record. */
    arrival:
        | { readonly weight: number; readonly seconds: number; readonly how: string }
        | undefined;
    /** When the last look was put on record, and the sources that had new counts in it. */
    lookedAt: number;
    sources: readonly string[];
    /** Milliseconds between two scrapes, as they were last seen. */
    scrapeMs: number | undefined;
}

export interface Run {
    readonly ports: Ports;
    readonly about: Started;
    readonly progress: Progress;
    /** Aborts when the process is told to stop, or the Lease is lost. */
    readonly signal: AbortSignal;
    /** Whether the VirtualService may be written past the engine when the engine cannot run. */
    readonly emergency: boolean;
}

/** Tells people and other machines how it stands; never stops the rollout. */
export async function show(
    { ports, about, progress }: Run,
    state: LeaseStatus["state"],
    reason: string,
): Promise<void> {
    const status = {
        id: about.id,
        weight: progress.weight,
        phaseStartedAt: progress.state?.phase.since,
        state,
        reason,
    };
    try {
        await ports.lease.show(status);
    } catch {
        // The Lease itself tells when it is lost.
    }
}

/** @throws Stopped when the process is to stop or another driver has the rollout. */
export function mustGoOn({ ports, signal }: Run): void {
    if (ports.lease.lost.aborted)
        throw new Stopped("Another driver holds this rollout's Lease now.");
    if (signal.aborted)
        throw new Stopped("Stopped; `istio-canary run --resume` goes on from here.");
}
