/** An event of a rollout, before it is formatted for a receiver. */
import type { EventName } from "../ports";

export interface RolloutEvent {
    /** Unique; the same for every attempt. */
    readonly key: string;
    readonly event: EventName;
    /** The rollout's id. */
    readonly id: string;
    readonly app: string;
    readonly namespace: string;
    readonly stack: string;
    /** Images of the two versions, if they are known. */
    readonly images?: { readonly stable?: string; readonly canary?: string };
    readonly weight: number;
    readonly reason: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
}

const TITLES: Readonly<Record<EventName, (weight: number) => string>> = {
    started: (weight) => `rollout started at weight ${weight}`,
    phase: (weight) => `weight ${weight} is next`,
    verdict: (weight) => `weight ${weight} has passed`,
    waiting: (weight) => `waiting at weight ${weight}`,
    rolledBack: () => "rolled back",
    promoted: () => "promoted",
    held: (weight) => `stopped at weight ${weight}`,
};

/** "shop/web: weight 25 is next" */
export function eventTitle({ event, app, namespace, weight }: RolloutEvent): string {
    return `${namespace}/${app}: ${TITLES[event](weight)}`;
}

/** CloudEvents types, and types of generic webhooks. */
export const EVENT_TYPES: Readonly<Record<EventName, string>> = {
    started: "rollout.started",
    phase: "rollout.phase",
    verdict: "rollout.verdict",
    waiting: "rollout.waiting",
    rolledBack: "rollout.rolledback",
    promoted: "rollout.promoted",
    held: "rollout.held",
};

/** The data of an event for a receiver that is a program. */
export function eventData({ id, app, namespace, stack, weight, reason }: RolloutEvent) {
    return { rollout: id, app, namespace, stack, weight, reason };
}

/** The text, cut to a service's limit. */
export function cut(text: string, longest: number): string {
    return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
