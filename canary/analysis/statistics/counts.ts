/** What the sequential tests read: counts of one scrape, taken at both versions over the same seconds. */

/** Requests and how many of them failed (or exceeded a bound), in one scrape of one source. */
export interface Arm {
    readonly requests: number;
    readonly failed: number;
}

/** One stratum: what one source (a client's proxy, or all of them pooled) saw of both versions in one scrape. */
export interface Counts {
    readonly canary: Arm;
    readonly stable: Arm;
}

/**
 * @throws RangeError for a count that is negative or not a number: it would turn every later evidence into NaN,
 * which no threshold ever stops. More failed than requests is let through: counters of one proxy are not read at one instant.
 */
export function checkArm({ requests, failed }: Arm): void {
    if (requests >= 0 && failed >= 0 && Number.isFinite(requests + failed)) return;
    throw new RangeError(
        `Counts should be finite and not negative, but requests is ${requests} and failed is ${failed}. Read the counters anew.`,
    );
}
