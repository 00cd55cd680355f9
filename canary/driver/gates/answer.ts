/** What a webhook's answer means. */

import { type Answer, oneLine } from "../http";
import type { GateAnswer } from "../ports";

type Verdict = Pick<GateAnswer, "verdict" | "reason">;

/** Conflict, Too Early, Too Many Requests, Service Unavailable: ask again later. */
const WAITING = new Set([409, 425, 429, 503]);

/** An answer that says nothing about the rollout: the receiver itself has gone wrong. */
export function brokenAnswer({ status }: Answer): boolean {
    return status >= 500 && !WAITING.has(status);
}

/**
 * 2xx passes, unless its body is JSON with another `verdict`: waiting, fail, error. 409, 425, 429 and 503 are waiting, any other 4xx
 * fails. The reason is the body's `reason` or `message`, or its text.
 */
export function readAnswer(answer: Answer): Verdict {
    const { status } = answer;
    const body = jsonIn(answer.body);
    const said = saidIn(answer.body, body);
    const reason = said === "" ? `it answered ${status}` : `it answered ${status}: ${said}`;
    if (WAITING.has(status)) return { verdict: "waiting", reason };
    if (brokenAnswer(answer)) return { verdict: "error", reason };
    if (status >= 400) return { verdict: "fail", reason };
    const verdict = body?.verdict;
    if (verdict === undefined) return { verdict: "pass", reason };
    if (verdict === "pass" || verdict === "waiting" || verdict === "fail" || verdict === "error") {
        return { verdict, reason };
    }
    // Not a pass: somebody meant something by it.
    return {
        verdict: "error",
        reason: `its verdict must be pass, waiting, fail or error; found ${oneLine(JSON.stringify(verdict), 80)}`,
    };
}

function jsonIn(text: string): Readonly<Record<string, unknown>> | undefined {
    try {
        const value: unknown = JSON.parse(text);
        const mapping = typeof value === "object" && value !== null && !Array.isArray(value);
        return mapping ? (value as Record<string, unknown>) : undefined;
    } catch {
        return undefined;
    }
}

function saidIn(text: string, body: Readonly<Record<string, unknown>> | undefined): string {
    if (body === undefined) return oneLine(text);
    const said = body.reason ?? body.message;
    return typeof said === "string" ? oneLine(said) : "";
}
