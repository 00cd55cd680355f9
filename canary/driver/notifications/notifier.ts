/** Sends events to the user's receivers: in order, each receiver at its own pace, without delaying the rollout. */
import { randomUUID } from "node:crypto";
import { parseDuration } from "../../../rollout/config/duration";
import type { NotificationConfig } from "../../analysis/config/notificationConfig";
import { errorMessage, oneLine } from "../../analysis/text";
import { type Message, originOf, post } from "../http";
import type { Clock, Notifier } from "../ports";
import { cdEvent } from "./cdEvent";
import { cloudEvent } from "./cloudEvent";
import { discordMessage } from "./discord";
import { pagerDutyMessage } from "./pagerDuty";
import type { RolloutEvent } from "./rolloutEvent";
import { slackMessage } from "./slack";
import { standardWebhook } from "./standardWebhook";
import { teamsMessage } from "./teams";

export interface NotifierOptions {
    readonly receivers: readonly NotificationConfig[];
    readonly about: Pick<RolloutEvent, "app" | "namespace" | "stack" | "images">;
    readonly clock: Clock;
    /** Milliseconds before the first retry. Default: 500. */
    readonly firstDelay?: number;
    /** Notifications that may wait per receiver; beyond this, the oldest is dropped. Default: 200. */
    readonly longest?: number;
}

type Queue = ReturnType<typeof queueOf>;

/**
 * One queue per receiver: the next notification is sent once the previous one was delivered or given up. An event that repeats the
 * previous one, with the same weight and reason, is not sent again.
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
            // Cancel pending requests, so that the process can end.
            ending.abort();
            await all;
            return queues.flatMap((queue: Queue) => queue.undelivered);
        },
    };
}

function queueOf(receiver: NotificationConfig, options: NotifierOptions, signal: AbortSignal) {
    const { longest = 200, firstDelay, clock } = options;
    const waiting: RolloutEvent[] = [];
    const undelivered: string[] = [];
    let working: Promise<void> | undefined;

    function giveUp({ event, weight }: RolloutEvent, why: string): void {
        const what = `${event} at weight ${weight}`;
        undelivered.push(`${receiver.type} ${originOf(receiver.url)}: ${what}: ${why}`);
    }

    async function work(): Promise<void> {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
            try {
                await deliver(receiver, next, clock, signal, firstDelay);
            } catch (error) {
                giveUp(next, errorMessage(error));
            }
        }
        working = undefined;
    }

    return {
        undelivered,
        add(happened: RolloutEvent): void {
            if (receiver.events?.includes(happened.event) === false) return;
            waiting.push(happened);
            if (waiting.length > longest) {
                const oldest = waiting.shift();
                if (oldest) giveUp(oldest, `dropped, because more than ${longest} were waiting`);
            }
            working ??= work();
        },
        idle: () => working ?? Promise.resolve(),
    };
}

/** @throws Error; its message shows only the host of the URL. */
async function deliver(
    config: NotificationConfig,
    happened: RolloutEvent,
    clock: Clock,
    signal: AbortSignal,
    firstDelay: number | undefined,
): Promise<void> {
    const { url, timeout, retries } = config;
    const first = messageFor(config, happened, clock.now());
    // Not every service has words for every event.
    if (first === undefined) return;
    const receiver = { url, timeout: parseDuration(timeout) ?? 0, retries };
    const { status, body } = await post(receiver, {
        // A signature has the time of its attempt.
        message: () => messageFor(config, happened, clock.now()) ?? first,
        again: (answer) => answer.status === 429 || answer.status >= 500,
        signal,
        firstDelay,
    });
    if (status >= 300) throw new Error(`answered ${status} ${oneLine(body, 100)}`.trim());
}

function messageFor(
    config: NotificationConfig,
    happened: RolloutEvent,
    now: number,
): Message | undefined {
    switch (config.type) {
        case "slack":
            return slackMessage(happened);
        case "teams":
            return teamsMessage(happened);
        case "discord":
            return discordMessage(happened);
        case "pagerduty":
            return pagerDutyMessage(happened, config.routingKey);
        case "webhook":
            return standardWebhook(happened, config.secret, now);
        case "cloudevents":
            return cloudEvent(happened);
        case "cdevents":
            return cdEvent(happened);
    }
}
