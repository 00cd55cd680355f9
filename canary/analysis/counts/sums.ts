/** Counts of several scrapes or sources together. */
import type { Arm, Counts } from "../statistics/counts";

export const NO_COUNTS: Counts = {
    canary: { requests: 0, failed: 0 },
    stable: { requests: 0, failed: 0 },
};

export function sumCounts(all: readonly Counts[]): Counts {
    return all.reduce(addCounts, NO_COUNTS);
}

export function addCounts(a: Counts, b: Counts): Counts {
    return { canary: add(a.canary, b.canary), stable: add(a.stable, b.stable) };
}

function add(a: Arm, b: Arm): Arm {
    return { requests: a.requests + b.requests, failed: a.failed + b.failed };
}

/** Share of a version's requests that failed, 0–1; undefined without requests. */
export function failedShare({ requests, failed }: Arm): number | undefined {
    return requests > 0 ? failed / requests : undefined;
}

/** Share of the requests that went to the canary, 0–1; undefined without requests. */
export function canaryShare({ canary, stable }: Counts): number | undefined {
    const all = canary.requests + stable.requests;
    return all > 0 ? canary.requests / all : undefined;
}
