/** Warm-up: which samples come from pods of the canary that have only begun to get requests. */

/** When each pod of the canary answered its first request, milliseconds since the epoch. */
export interface Pods {
    readonly firstRequest: Readonly<Record<string, number>>;
    /** When the canary got its first request, from whichever pod. */
    readonly firstOfAll?: number;
    /** Requests of the newest sample, by pod; undefined if the pods' own sidecars are not scraped. */
    readonly newest?: Readonly<Record<string, number>>;
}

export const NO_PODS: Pods = { firstRequest: {} };

/** A sample belongs to the warm-up if more than this share of its requests was answered by new pods. */
const MAX_NEW_SHARE = 0.1;

/**
 * The pods after one more sample.
 * @param requests of the canary in this sample
 * @param byPod the same by pod, if known
 */
export function podsAfter(
    { firstRequest, firstOfAll }: Pods,
    requests: number,
    byPod: Readonly<Record<string, number>> | undefined,
    at: number,
): Pods {
    const seen = Object.entries(byPod ?? {}).filter(([, count]) => count > 0);
    const added = seen.filter(([pod]) => firstRequest[pod] === undefined);
    const first = firstOfAll ?? (requests > 0 ? at : undefined);
    return {
        firstRequest: { ...firstRequest, ...Object.fromEntries(added.map(([pod]) => [pod, at])) },
        ...(first !== undefined && { firstOfAll: first }),
        ...(seen.length > 0 && { newest: Object.fromEntries(seen) }),
    };
}

/**
 * Whether the newest sample belongs to the warm-up.
 * @param warmUp milliseconds from a pod's first request
 */
export function isWarmingUp(
    { firstRequest, firstOfAll, newest }: Pods,
    warmUp: number,
    at: number,
): boolean {
    if (warmUp === 0) return false;
    // The age is negative after the clock was set back; then nothing is known to be new.
    const isNew = (since: number) => at >= since && at - since < warmUp;
    if (newest === undefined) return firstOfAll === undefined || isNew(firstOfAll);
    let all = 0;
    let byNew = 0;
    for (const [pod, count] of Object.entries(newest)) {
        all += count;
        if (isNew(firstRequest[pod] ?? at)) byNew += count;
    }
    return byNew > MAX_NEW_SHARE * all;
}
