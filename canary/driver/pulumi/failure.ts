/** Classifies a failed preview or update by events and codes, never by wording. */
import { REFUSED } from "../../../rollout/config/names";
import type { EngineResult } from "../ports";
import { explainConflicts } from "./fieldConflict";

type Failure = Pick<Extract<EngineResult, { ok: false }>, "why" | "reason">;

/** The engine's output about a failure. */
export interface FailureOutput {
    /** Mandatory violations of policies. */
    readonly violations: readonly string[];
    /** Messages of error events, with explained conflicts; an update has none, because it runs without events. */
    readonly errors: readonly string[];
    /** All other output. */
    readonly text: string;
}

/** A refusal has changed nothing. It comes from a policy, or from the program's own checks, whose errors carry a code. */
export function classifyFailure({ violations, errors, text }: FailureOutput): Failure {
    if (violations.length > 0) return { why: "refused", reason: violations.join("\n") };
    const reason = errors.join("\n") || explainConflicts(text);
    const why = `${reason}\n${text}`.includes(REFUSED) ? "refused" : "failed";
    return { why, reason: reason.replaceAll(` [${REFUSED}]`, "") };
}
