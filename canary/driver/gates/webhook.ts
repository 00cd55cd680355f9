/** Webhooks: asked in the background, so that a slow one keeps the driver from no look and no rollback. */
import { parseDuration } from "../../../rollout/config/duration";
import type { GateConfig } from "../../analysis/config/gateConfig";
import { hostOf, post } from "../http";
import type { Clock, GateAnswer } from "../ports";
import { brokenAnswer, readAnswer } from "./answer";
import { signatureHeaders } from "./signature";

export type Webhook = Extract<GateConfig, { type: "webhook" | "load" }>;

export interface WebhookOptions {
    /** Told to every webhook. */
    readonly about: {
        /** The rollout's. */
        readonly id: string;
        readonly app: string;
        readonly namespace: string;
        readonly stack: string;
    };
    readonly clock: Clock;
    /** Milliseconds between two looks. */
    readonly interval: number;
    /** Milliseconds that an answer is waited for before the gate is said to be waiting; default 1,000. */
    readonly patience?: number;
    /** Milliseconds before the second try; default 500. */
    readonly firstDelay?: number;
    /** When it aborts, what is under way ends with an error. */
    readonly signal?: AbortSignal;
}

/** What is asked, beside the rollout: goes into the body as it is. */
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

/** Asks a webhook. Never rejects; `waiting` while there is no answer, which the next time that it is asked the same brings. */
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
        // Nobody came for it at the looks since: it says nothing about now.
        const old = current?.answered && clock.now() - current.answered.at > 2 * interval;
        if (current === undefined || old) {
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
        const reason = `${hostOf(gate.url)}: no answer yet; asked at ${since}`;
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
        return { gate: name, verdict, reason: `${hostOf(url)}: ${reason}` };
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { gate: name, verdict: "error", reason };
    }
}
