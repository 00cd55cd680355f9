/** Webhooks. Calls run in the background, so that a slow webhook delays neither a sample nor a rollback. */
import { parseDuration } from "../../../rollout/config/duration";
import type { GateConfig } from "../../analysis/config/gateConfig";
import { errorMessage } from "../../analysis/text";
import { originOf, post } from "../http";
import type { Clock, GateAnswer } from "../ports";
import { signatureHeaders } from "./signature";
import { brokenAnswer, readAnswer } from "./webhookAnswer";

export type Webhook = Extract<GateConfig, { type: "webhook" | "load" }>;

export interface WebhookOptions {
    /** Sent to every webhook. */
    readonly about: {
        /** The rollout's id. */
        readonly id: string;
        readonly app: string;
        readonly namespace: string;
        readonly stack: string;
    };
    readonly clock: Clock;
    /** Milliseconds between two samples. */
    readonly interval: number;
    /** Milliseconds to wait for an answer before the gate counts as waiting. Default: 1,000. */
    readonly patience?: number;
    /** Milliseconds before the first retry. Default: 500. */
    readonly firstDelay?: number;
    /** An abort ends pending calls with an error. */
    readonly signal?: AbortSignal;
}

/** The question about a rollout: becomes part of the request's body. */
export interface Question {
    readonly when: "before" | "after" | "load";
    readonly weight: number;
    readonly reason?: string;
}

interface Call {
    readonly startedAt: number;
    readonly done: Promise<void>;
    answered?: { readonly at: number; readonly answer: GateAnswer };
}

/** Asks a webhook. Never rejects. Returns `waiting` while there is no answer; a later call with the same question returns it. */
export function webhookAsker(
    options: WebhookOptions,
): (gate: Webhook, question: Question) => Promise<GateAnswer> {
    const { clock, interval, patience = 1_000 } = options;
    const calls = new Map<Webhook, Map<string, Call>>();

    function start(gate: Webhook, question: Question): Call {
        const done = call(gate, question, options).then((answer) => {
            started.answered = { at: clock.now(), answer };
        });
        const started: Call = { startedAt: clock.now(), done };
        return started;
    }

    return async (gate, question) => {
        const ofGate = calls.get(gate) ?? new Map<string, Call>();
        calls.set(gate, ofGate);
        const key = `${question.when} ${question.weight}`;
        let current = ofGate.get(key);
        // Nobody has asked again since the answer came, so it is out of date.
        const isOld = current?.answered && clock.now() - current.answered.at > 2 * interval;
        if (current === undefined || isOld) {
            current = start(gate, question);
            ofGate.set(key, current);
        }
        const enough = new AbortController();
        await Promise.race([current.done, clock.sleep(patience, enough.signal)]);
        enough.abort();
        if (current.answered !== undefined) {
            ofGate.delete(key);
            return current.answered.answer;
        }
        const since = new Date(current.startedAt).toISOString();
        const reason = `${originOf(gate.url)}: no answer yet; asked at ${since}`;
        return { gate: gate.name, verdict: "waiting", reason };
    };
}

async function call(
    gate: Webhook,
    question: Question,
    { about, clock, firstDelay, signal }: WebhookOptions,
): Promise<GateAnswer> {
    const { id, app, namespace, stack } = about;
    const { weight, when, ...more } = question;
    const body = JSON.stringify({ id, app, namespace, weight, when, stack, ...more });
    const message = () => ({
        headers: {
            "content-type": "application/json",
            ...(gate.secret === undefined ? {} : signatureHeaders(body, gate.secret, clock.now())),
        },
        body,
    });
    const { name, url, retries } = gate;
    const timeout = parseDuration(gate.timeout) ?? 0;
    try {
        const receiver = { url, timeout, retries };
        const answer = await post(receiver, { message, again: brokenAnswer, firstDelay, signal });
        const { verdict, reason } = readAnswer(answer);
        return { gate: name, verdict, reason: `${originOf(url)}: ${reason}` };
    } catch (error) {
        const reason = errorMessage(error);
        return { gate: name, verdict: "error", reason };
    }
}
