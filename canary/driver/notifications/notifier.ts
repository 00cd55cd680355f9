/** Tells receivers of the user's what happens: in order, each at its own pace, and never in the rollout's way. */
import { randomUUID } from "node:crypto";
import { parseDuration } from "../../../rollout/config/duration";
import type { NotificationConfig } from "../../analysis/config/notificationConfig";
import { hostOf, oneLine, post } from "../http";
import type { Clock, EventName, Notifier } from "../ports";
import { cloudEvent } from "./cloudEvent";
import { slackMessage } from "./slack";

/** What happened, to which rollout. */
export interface Happened {
    /** Unique: the same at every try. */
    readonly key: string;
    readonly event: EventName;
    /** The rollout's. */
    readonly id: string;
    readonly app: string;
    readonly namespace: string;
    readonly stack: string;
    readonly weight: number;
    readonly reason: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
}

export interface NotifierOptions {
    readonly receivers: readonly NotificationConfig[];
    readonly about: Pick<Happened, "app" | "namespace" | "stack">;
    readonly clock: Clock;
    /** Milliseconds before the second try; default 500. */
    readonly firstDelay?: number;
    /** Notifications per receiver that may wait; the oldest gives way. Default 200. */
    readonly longest?: number;
}

type Queue = ReturnType<typeof queueOf>;

/**
 * One queue per receiver: the next notification is sent when the one before it was delivered or given up. The same event with the same
 * weight and reason is told once in a row.
 */
export function createNotifier(options: NotifierOptions): Notifier {
    const { about, clock, receivers } = options;
    const ending = new AbortController();
    const queues = receivers.map((receiver) => queueOf(receiver, options, ending.signal));
    let last = "";
    return {
        send(event, what) {
            const same = JSON.stringify([event, what]);
            if (same === last) return;
            last = same;
            const happened = { ...about, ...what, event, key: randomUUID(), at: clock.now() };
            for (const queue of queues) queue.add(happened);
        },
        async flush(milliseconds) {
            const enough = new AbortController();
            const all = Promise.all(queues.map((queue) => queue.idle()));
            await Promise.race([all, clock.sleep(milliseconds, enough.signal)]);
            enough.abort();
            // What has no answer by now gets no more time, so that the process can end.
            ending.abort();
            await all;
            return queues.flatMap((queue: Queue) => queue.undelivered);
        },
    };
}

function queueOf(receiver: NotificationConfig, options: NotifierOptions, signal: AbortSignal) {
    const { longest = 200, firstDelay } = options;
    const waiting: Happened[] = [];
    const undelivered: string[] = [];
    let working: Promise<void> | undefined;

    function gaveUp({ event, weight }: Happened, why: string): void {
        const what = `${event} at weight ${weight}`;
        undelivered.push(`${receiver.type} ${hostOf(receiver.url)}: ${what}: ${why}`);
    }

    async function work(): Promise<void> {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
            try {
                await deliver(receiver, next, signal, firstDelay);
            } catch (error) {
                gaveUp(next, error instanceof Error ? error.message : String(error));
            }
        }
        working = undefined;
    }

    return {
        undelivered,
        add(happened: Happened): void {
            if (receiver.events?.includes(happened.event) === false) return;
            waiting.push(happened);
            if (waiting.length > longest) {
                const oldest = waiting.shift();
                if (oldest) gaveUp(oldest, `more than ${longest} were waiting`);
            }
            working ??= work();
        },
        idle: () => working ?? Promise.resolve(),
    };
}

/** @throws Error with a sentence that shows no more of the URL than its host. */
async function deliver(
    { type, url, timeout, retries }: NotificationConfig,
    happened: Happened,
    signal: AbortSignal,
    firstDelay: number | undefined,
): Promise<void> {
    const message = type === "slack" ? slackMessage(happened) : cloudEvent(happened);
    const receiver = { url, timeout: parseDuration(timeout) ?? 0, retries };
    const { status, body } = await post(receiver, {
        message: () => message,
        again: (answer) => answer.status === 429 || answer.status >= 500,
        signal,
        firstDelay,
    });
    if (status >= 300) throw new Error(`answered ${status} ${oneLine(body, 100)}`.trim());
}
