/** The decision after a sample, with its reasons. */
import type { Counts } from "../statistics/counts";

/** `retreat`: from 100 % to the weight below it, where both versions can be compared. */
export type Action = "advance" | "hold" | "retreat" | "rollback" | "promote";
export type Verdict = "pass" | "fail" | "inconclusive" | "error";

export type GateName =
    | "traffic"
    | "errors"
    /** Requests that were rejected (4xx). */
    | "client errors"
    | "bake"
    | "latency"
    | "objective"
    | "exposure"
    /** Whether Prometheus answered. */
    | "data"
    /** Whether a phase has taken too long. */
    | "time"
    /** A custom metric. */
    | `metric ${string}`;

/** The verdict of one gate. */
export interface GateVerdict {
    readonly gate: GateName;
    readonly verdict: Verdict;
    /** A sentence with the numbers behind it. */
    readonly reason: string;
    /** The gate is judged and reported, but decides nothing. */
    readonly dryRun?: true;
}

export function gate(name: GateName, verdict: Verdict, reason: string): GateVerdict {
    return { gate: name, verdict, reason };
}

/** Numbers for messages and charts. Evidence is the natural logarithm of an e-value. */
export interface Evidence {
    /** Since the phase's clock started. */
    readonly dwellSeconds: number;
    /** Evidence that the canary fails more, over the whole rollout; rollback at `harmLimit`. */
    readonly harm: number;
    readonly harmLimit: number;
    /** Evidence that the canary is slower; rollback at `slowLimit`. */
    readonly slow: number;
    readonly slowLimit: number;
    /** Evidence, in this phase, that the next weight costs less than `blast`; pass at `safeLimit`. */
    readonly safe: number;
    readonly safeLimit: number;
    /** Of the whole rollout. */
    readonly canary: Counts["canary"];
    readonly stable: Counts["stable"];
    /** Of this phase. */
    readonly phase: Counts;
    /** The rollout's cost: failed canary requests beyond the stable's share. */
    readonly exposed: number;
}

export interface Decision {
    readonly action: Action;
    readonly verdict: Verdict;
    /** One sentence, from the gate that decided. */
    readonly reason: string;
    readonly gates: readonly GateVerdict[];
    readonly evidence: Evidence;
}

/** A key that is equal for decisions that differ only in their numbers. */
export function decisionKind({ action, verdict, gates }: Decision): string {
    return [action, verdict, ...gates.map((one) => `${one.gate} ${one.verdict}`)].join(", ");
}
