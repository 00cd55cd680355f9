/** Reads a verdict from a webhook's answer. */

import { oneLine } from "../../analysis/text";
import { type Answer, LONGEST_TEXT } from "../http";
import type { GateAnswer } from "../ports";

type Verdict = Pick<GateAnswer, "verdict" | "reason">;

/** Conflict, Too Early, Too Many Requests, Service Unavailable: ask again later. */
const WAITING = new Set([409, 425, 429, 503]);

/** Whether the receiver itself failed, so that its answer says nothing about the rollout. */
export function brokenAnswer({ status }: Answer): boolean {
    return status >= 500 && !WAITING.has(status);
}

/**
 * 2xx passes, unless its body is JSON with another `verdict`: waiting, fail or error. 409, 425, 429 and 503 mean waiting. Any other
 * 4xx fails. The reason is the JSON body's `reason` or `message`, or the body's text.
 */
export function readAnswer(answer: Answer): Verdict {
    const { status } = answer;
    const body = jsonIn(answer.body);
    const detail = detailIn(answer.body, body);
    const reason = detail === "" ? `answered ${status}` : `answered ${status}: ${detail}`;
    if (WAITING.has(status)) return { verdict: "waiting", reason };
    if (brokenAnswer(answer)) return { verdict: "error", reason };
    if (status >= 400) return { verdict: "fail", reason };
    const verdict = body?.verdict;
    if (verdict === undefined) return { verdict: "pass", reason };
    if (verdict === "pass" || verdict === "waiting" || verdict === "fail" || verdict === "error") {
        return { verdict, reason };
    }
    // Not a pass: the receiver meant something by it.
    return {
        verdict: "error",
        reason: `verdict: expected pass, waiting, fail or error, got ${oneLine(JSON.stringify(verdict), 80)}`,
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

function detailIn(text: string, body: Readonly<Record<string, unknown>> | undefined): string {
    if (body === undefined) return oneLine(text, LONGEST_TEXT);
    const detail = body.reason ?? body.message;
    return typeof detail === "string" ? oneLine(detail, LONGEST_TEXT) : "";
}
