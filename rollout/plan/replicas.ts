/** How many pods each slot has at each weight. */
import type { RolloutConfig } from "../config/rolloutConfig";
import { SLOTS, type Slot } from "../config/topics/roles";
import type { VersionConfig } from "../config/version/version";
import { replicaSplit } from "./replicaSplit";

type CapacityConfig = Pick<
    RolloutConfig,
    "capacity" | "stable" | "canary" | "versions" | "mode" | "totalReplicas"
>;

/**
 * Pods per slot at a weight of the canary, an integer 0–100; 0 for a slot that runs nothing. With `capacity.canary`
 * "proportional" the canary has its share of `capacity.total`, rounded up, and the stable all of it, so that the route
 * may go back to weight 0 at any time. A slot never has fewer than its own `replicas`; one with 0 replicas stays at 0.
 * In mode replicas the slots have the split of `totalReplicas` that comes nearest to the weight.
 */
export function replicasAt(config: CapacityConfig, weight: number): Record<Slot, number> {
    const pods = SLOTS.map((slot) => [slot, slotReplicas(config, slot, weight)]);
    return Object.fromEntries(pods) as Record<Slot, number>;
}

function slotReplicas(config: CapacityConfig, slot: Slot, weight: number): number {
    const { capacity, stable, canary, mode, totalReplicas } = config;
    const version = config.versions[slot];
    if (version === undefined) return 0;
    if (mode === "replicas") {
        return replicaSplit(weight, totalReplicas)[slot === canary ? "canary" : "stable"];
    }
    const own = firstReplicas(version);
    if (own === 0 || capacity.canary === "fixed" || capacity.total === undefined) return own;
    const share = slot === stable ? 100 - weight : weight;
    const whole = slot === stable && capacity.stable === "full";
    return Math.max(
        own,
        whole ? capacity.total : podsFor(capacity.total, share, capacity.headroom),
    );
}

/** Pods for a share in percent with that many percent more, but no more than the whole needs. */
function podsFor(total: number, share: number, headroom: number): number {
    return Math.min(total, Math.ceil((total * share * (100 + headroom)) / 10_000));
}

/** Where there is an autoscaler, its bounds hold from the first moment. */
function firstReplicas({ replicas, autoscaling }: VersionConfig): number {
    if (autoscaling === undefined) return replicas;
    return Math.min(Math.max(replicas, autoscaling.minReplicas), autoscaling.maxReplicas);
}
