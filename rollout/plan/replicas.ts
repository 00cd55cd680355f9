/** The number of pods per slot at each weight. */
import { SLOTS, type Slot } from "../config/slots";
import { replicaSplit } from "./replicaSplit";

/** The config keys that determine the number of pods, validated and with defaults. */
interface CapacityConfig {
    readonly capacity: {
        readonly canary: "fixed" | "proportional";
        readonly stable: "full" | "proportional";
        readonly total?: number | undefined;
        readonly headroom: number;
    };
    readonly stable: Slot;
    readonly canary: Slot;
    readonly versions: Readonly<Partial<Record<Slot, VersionReplicas>>>;
    readonly mode: "istio" | "replicas";
    readonly totalReplicas: number;
}

interface VersionReplicas {
    readonly replicas: number;
    readonly autoscaling?:
        | {
              readonly external?: boolean | undefined;
              readonly minReplicas?: number | undefined;
              readonly maxReplicas?: number | undefined;
          }
        | undefined;
}

/**
 * Number of pods per slot at a weight of the canary (an integer, 0–100); 0 for a slot without a version. With `capacity.canary`
 * "proportional", the canary gets its share of `capacity.total`, rounded up. The stable gets all of it, so that a rollback to
 * weight 0 is possible at any time, unless `capacity.stable` is "proportional" too. A slot has at least its own `replicas`; one
 * with 0 replicas stays at 0. In mode replicas, the slots get the split of `totalReplicas` that is closest to the weight.
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
    const own = initialReplicas(version);
    if (own === 0 || capacity.canary === "fixed" || capacity.total === undefined) return own;
    const share = slot === stable ? 100 - weight : weight;
    const whole = slot === stable && capacity.stable === "full";
    return Math.max(
        own,
        whole ? capacity.total : podsFor(capacity.total, share, capacity.headroom),
    );
}

/** Pods for a share (percent) plus headroom (percent of the share), at most `total`. */
function podsFor(total: number, share: number, headroom: number): number {
    return Math.min(total, Math.ceil((total * share * (100 + headroom)) / 10_000));
}

/** The initial number of pods, within the bounds of the rollout's own autoscaler if there is one. */
function initialReplicas({ replicas, autoscaling }: VersionReplicas): number {
    if (autoscaling === undefined || autoscaling.external) return replicas;
    const { minReplicas = 1, maxReplicas = replicas } = autoscaling;
    return Math.min(Math.max(replicas, minReplicas), maxReplicas);
}
