/** Splits pods by weight for mode replicas, in which a Service sends every ready pod the same share of connections. */

/** Number of pods per role. Their sum is the total. */
export interface ReplicaSplit {
    readonly stable: number;
    readonly canary: number;
}

/**
 * The split of `total` pods (at least 2) that is closest to `weight` percent for the canary. Ties go to fewer canary pods. At a
 * weight from 1 to 99, both roles have at least one pod.
 */
export function replicaSplit(weight: number, total: number): ReplicaSplit {
    if (weight === 0) return { stable: total, canary: 0 };
    if (weight === 100) return { stable: 0, canary: total };
    const nearest = Math.ceil((total * weight) / 100 - 0.5);
    const canary = Math.min(Math.max(nearest, 1), total - 1);
    return { stable: total - canary, canary };
}

/** Percentage of connections that the canary gets from a split, to one decimal. */
export function reachedShare({ stable, canary }: ReplicaSplit): number {
    return Math.round((1_000 * canary) / (stable + canary)) / 10;
}

/** The smallest total that reaches a weight exactly: 100 pods for 1 %, 10 for 10 %, 4 for 25 %. */
export function replicasFor(weight: number): number {
    let [divisor, rest] = [100, weight];
    while (rest > 0) [divisor, rest] = [rest, divisor % rest];
    return Math.max(2, 100 / divisor);
}
