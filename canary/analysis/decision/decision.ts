/** What a look leads to, with its reasons; decide.ts makes it. */

/** `retreat`: from 100 % to the weight before it, where there is a stable to compare with again. */
export type Action = "advance" | "hold" | "retreat" | "rollback" | "promote";
export type Verdict = "pass" | "fail" | "inconclusive" | "error";

/** What was asked of a phase, and the answer. */
export interface GateVerdict {
    /** `errors`, `latency`, `objective`, `exposure`, `traffic`, `data`, `time`, or `metric <name>`. */
    readonly gate: string;
    readonly verdict: Verdict;
    /** A sentence with the numbers that it rests on. */
    readonly reason: string;
}

/** Numbers of a look, for people and charts. Evidence is the natural logarithm of an e-value. */
export interface Evidence {
    /** Since the phase's clock started. */
    readonly dwellSeconds: number;
    /** Of harm by errors over the whole rollout; rollback at `harmLimit`. */
    readonly harm: number;
    readonly harmLimit: number;
    /** Of harm by latency. */
    readonly slow: number;
    readonly slowLimit: number;
    /** That a step more costs less than `blast`, in this phase; pass at `safeLimit`. */
    readonly safe: number;
    readonly safeLimit: number;
    /** Of the whole rollout. */
    readonly canary: { readonly requests: number; readonly failed: number };
    readonly stable: { readonly requests: number; readonly failed: number };
    /** Of this phase. */
    readonly phase: {
        readonly canary: { readonly requests: number; readonly failed: number };
        readonly stable: { readonly requests: number; readonly failed: number };
    };
    /** Failed canary requests beyond what the stable's share would have been: what the rollout has cost. */
    readonly exposed: number;
}

export interface Decision {
    readonly action: Action;
    readonly verdict: Verdict;
    /** One sentence: that of the gate which decided. */
    readonly reason: string;
    readonly gates: readonly GateVerdict[];
    readonly evidence: Evidence;
}
