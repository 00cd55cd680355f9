// Requests to two versions, second by second: Poisson, each failing or being slow with its version's share at that time.
import type { Draw } from "./random";

/** A share of requests, 0–1, at a time in seconds since the canary's first. */
export type Share = (second: number) => number;

export interface Traffic {
    /** Requests per second to both versions. */
    readonly rate: number;
    /** Failure shares. */
    readonly stable: Share;
    readonly canary: Share;
    /** Failures come in clusters of so many; 1 unless given. */
    readonly cluster?: number;
    /** Shares of requests above each bound of duration, falling. None unless given. */
    readonly slow?: { readonly stable: readonly number[]; readonly canary: readonly number[] };
    /** Seconds by which the stable is scraped before the canary: 0 where one proxy counts both. */
    readonly stableEarlier?: number;
}

/** Counts of one version in a window. */
export interface Tally {
    readonly requests: number;
    readonly failed: number;
    /** Requests above each bound. */
    readonly above: readonly number[];
}

export interface Meter {
    /** Lets so many seconds pass at a weight of the canary, in percent; returns the canary's failed requests. */
    pass(seconds: number, weight: number): number;
    readonly now: () => number;
    /** What one version got after `from` and up to `to`, seconds at which `pass` has stopped. */
    window(arm: "stable" | "canary", from: number, to: number): Tally;
}

/** Counters that only grow, kept for every stop, as the proxies' own would be seen if they were scraped then. */
export function meterOf(traffic: Traffic, draw: Draw): Meter {
    const counters = { stable: new Map<number, Tally>(), canary: new Map<number, Tally>() };
    const zero: Tally = { requests: 0, failed: 0, above: traffic.slow?.stable.map(() => 0) ?? [] };
    const last = { stable: zero, canary: zero };
    let now = 0;

    function add(arm: "stable" | "canary", requests: number): number {
        const share = traffic[arm](now);
        const size = traffic.cluster ?? 1;
        const failed = size * draw.poisson((requests * share) / size);
        const good = draw.poisson(requests * (1 - share));
        const before = last[arm];
        const above = slowOf(failed + good, traffic.slow?.[arm] ?? [], draw);
        last[arm] = {
            requests: before.requests + failed + good,
            failed: before.failed + failed,
            above: before.above.map((count, j) => count + (above[j] ?? 0)),
        };
        counters[arm].set(now, last[arm]);
        return failed;
    }

    return {
        now: () => now,
        pass(seconds, weight) {
            now += seconds;
            const requests = traffic.rate * seconds;
            add("stable", requests * (1 - weight / 100));
            return add("canary", requests * (weight / 100));
        },
        window(arm, from, to) {
            const [start, end] = [from, to].map((at) =>
                at <= 0 ? zero : (counters[arm].get(at) ?? missing(at)),
            ) as [Tally, Tally];
            return {
                requests: end.requests - start.requests,
                failed: end.failed - start.failed,
                above: end.above.map((count, j) => count - (start.above[j] ?? 0)),
            };
        },
    };
}

function missing(at: number): never {
    throw new Error(`The traffic was not stopped at ${at} s. Choose steps that divide every time.`);
}

/** How many of so many requests are above each bound: each bound thins out those above the one before. */
function slowOf(requests: number, shares: readonly number[], draw: Draw): number[] {
    const counts: number[] = [];
    let [left, before] = [requests, 1];
    for (const share of shares) {
        left = binomial(left, before > 0 ? share / before : 0, draw);
        before = share;
        counts.push(left);
    }
    return counts;
}

/** Trials one by one: there are few of them in a step. */
function binomial(trials: number, share: number, draw: Draw): number {
    let count = 0;
    for (let k = 0; k < trials; k++) if (draw.uniform() < share) count++;
    return count;
}
