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
    readonly weight: number;
    readonly reason: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
}
