// Simulated Poisson traffic to two versions, with each version's share of failed and slow requests at that time.
import type { Draw } from "./random";

/** A share of requests, 0–1, at a time in seconds since the canary's first. */
export type Share = (second: number) => number;

export interface Traffic {
    /** Requests per second to both versions. */
    readonly rate: number;
    /** Failure shares. */
    readonly stable: Share;
    readonly canary: Share;
    /** Size of failure clusters. Default: 1. */
    readonly cluster?: number;
    /** Shares of requests above each latency bound, descending. Default: none. */
    readonly slow?: { readonly stable: readonly number[]; readonly canary: readonly number[] };
    /** Seconds by which the stable is scraped before the canary. Default: 0, as when one proxy counts both. */
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
    /** Advances by `seconds` at a canary weight, 0–100. @returns the canary's failed requests. */
    pass(seconds: number, weight: number): number;
    readonly now: () => number;
    /** Counts of one version after `from` up to `to`; both must be seconds at which a `pass` ended. */
    window(arm: "stable" | "canary", from: number, to: number): Tally;
}

/** Cumulative counters after every `pass`, like proxies' counters scraped at that time. */
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
    throw new Error(`No counters at ${at} s. Choose a step that divides every time.`);
}

/** Requests above each bound, drawn from those above the previous bound. */
function slowOf(requests: number, shares: readonly number[], draw: Draw): number[] {
    const counts: number[] = [];
    let [left, previousShare] = [requests, 1];
    for (const share of shares) {
        left = binomial(left, previousShare > 0 ? share / previousShare : 0, draw);
        previousShare = share;
        counts.push(left);
    }
    return counts;
}

/** Draws each trial, because a step has few. */
function binomial(trials: number, share: number, draw: Draw): number {
    let count = 0;
    for (let k = 0; k < trials; k++) if (draw.uniform() < share) count++;
    return count;
}
