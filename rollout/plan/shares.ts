/** The share of requests per slot. */
import type { Slot } from "../config/slots";

/** Percentage of requests per slot. The sum is 100. */
export type Shares = Readonly<Record<Slot, number>>;

/** Percentage of requests that the canary gets: requested, and reachable with the number of pods in mode replicas. */
export interface CanaryShare {
    readonly asked: number;
    readonly reachable: number;
}

/** The shares of both slots when the canary has `weight`. */
export function sharesOf(stable: Slot, weight: number): Shares {
    return stable === "v1" ? { v1: 100 - weight, v2: weight } : { v1: weight, v2: 100 - weight };
}
