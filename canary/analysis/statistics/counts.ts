/** Input of the sequential tests: the counts of one scrape, of both versions over the same time. */

/** Requests and how many of them failed (or exceeded a bound), in one scrape of one source. */
export interface Arm {
    readonly requests: number;
    readonly failed: number;
}

/** One stratum: counts of both versions from one source (a caller's sidecar, or all of them pooled) in one scrape. */
export interface Counts {
    readonly canary: Arm;
    readonly stable: Arm;
}

/**
 * Accepts more failed requests than requests, because a proxy's counters are not read at the same instant.
 *
 * @throws RangeError for a count that is negative or not a number: it would make all later evidence NaN, which reaches no threshold
 */
export function checkArm({ requests, failed }: Arm): void {
    if (requests >= 0 && failed >= 0 && Number.isFinite(requests + failed)) return;
    throw new RangeError(
        `counts: expected finite numbers of at least 0, got ${requests} requests and ${failed} failures. Read the counters again.`,
    );
}

export const NO_COUNTS: Counts = {
    canary: { requests: 0, failed: 0 },
    stable: { requests: 0, failed: 0 },
};

export function sumCounts(all: readonly Counts[]): Counts {
    return all.reduce(addCounts, NO_COUNTS);
}

export function addCounts(a: Counts, b: Counts): Counts {
    return { canary: addArms(a.canary, b.canary), stable: addArms(a.stable, b.stable) };
}

export function addArms(a: Arm, b: Arm): Arm {
    return { requests: a.requests + b.requests, failed: a.failed + b.failed };
}

/** Share of a version's requests that failed, 0–1; undefined without requests. */
export function failedShare({ requests, failed }: Arm): number | undefined {
    return requests > 0 ? failed / requests : undefined;
}

/** Whether at least half of the canary's requests failed, and at most half as large a share of the stable's. */
export function failsMost({ canary, stable }: Counts): boolean {
    const share = failedShare(canary) ?? 0;
    return share >= 0.5 && (failedShare(stable) ?? 0) <= share / 2;
}

/** Share of the requests that went to the canary, 0–1; undefined without requests. */
export function canaryShare({ canary, stable }: Counts): number | undefined {
    const all = canary.requests + stable.requests;
    return all > 0 ? canary.requests / all : undefined;
}
