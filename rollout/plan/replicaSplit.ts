/** A weight as pods: without Istio a Service sends each of its ready pods the same share of the connections. */

/** Pods of each role; together the total. */
export interface ReplicaSplit {
    readonly stable: number;
    readonly canary: number;
}

/**
 * The split of `total` pods, at least 2, that comes nearest to `weight` percent for the canary; of two that are as near,
 * the one with fewer of its pods. A weight from 1 to 99 leaves both roles at least one pod.
 */
export function replicaSplit(weight: number, total: number): ReplicaSplit {
    if (weight === 0) return { stable: total, canary: 0 };
    if (weight === 100) return { stable: 0, canary: total };
    const nearest = Math.ceil((total * weight) / 100 - 0.5);
    const canary = Math.min(Math.max(nearest, 1), total - 1);
    return { stable: total - canary, canary };
}

/** Percentage of requests that the canary gets from a split, to one decimal. */
export function reachedShare({ stable, canary }: ReplicaSplit): number {
    return Math.round((1_000 * canary) / (stable + canary)) / 10;
}

/** The fewest pods in all that make a weight exact: 100 for 1 %, 10 for 10 %, 4 for 25 %. */
export function replicasFor(weight: number): number {
    let [divisor, rest] = [100, weight];
    while (rest > 0) [divisor, rest] = [rest, divisor % rest];
    return Math.max(2, 100 / divisor);
}
