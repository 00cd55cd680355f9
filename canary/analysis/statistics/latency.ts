/** Sequential test: is the canary slower? Runs the harm test on the requests above a latency bound, at several bounds. */
import type { Arm, Counts } from "./counts";
import {
    type HarmOptions,
    type HarmState,
    harmAfter,
    harmEvidence,
    harmStart,
    harmSuspicion,
} from "./harm";
import { logMeanExp } from "./logSpace";

/** Effect sizes, as ratios of the shares of requests above a bound. */
export const LATENCY_RATIOS: readonly number[] = [1.3, 1.6, 2, 3, 5, 10, 30];

/** The null hypothesis: the canary's share above a bound is at most 1.3 times the stable's plus 0.2 %. */
export const LATENCY_NULL = { baseRatio: 1.3, margin: 0.002 } as const;

const MOST_ABOVE = 0.4;
const FEWEST_ABOVE = 0.004;
const BOUNDS_BEYOND = 2;

/** A Prometheus histogram over some time. `requests` is the +Inf bucket. */
export interface Histogram {
    readonly requests: number;
    /** In ascending order of bounds (milliseconds, as in Istio's metric); `atMost` is cumulative. */
    readonly buckets: readonly { readonly bound: number; readonly atMost: number }[];
}

/** Plain JSON. */
export interface LatencyState {
    readonly bounds: readonly number[];
    /** One harm process for each bound. */
    readonly processes: readonly HarmState[];
}

/**
 * The bounds to test: those that 0.4–40 % of the stable's requests exceeded, and the next two, where a few slow requests are
 * evidence because the stable has hardly any. Empty without requests, or if more than 40 % exceeded even the last bound.
 *
 * @param stable its requests before the rollout, for example of ten minutes
 */
export function latencyBounds(stable: Histogram): readonly number[] {
    if (stable.requests === 0) return [];
    const shares = stable.buckets.map(({ bound, atMost }) => ({
        bound,
        share: 1 - atMost / stable.requests,
    }));
    const within = shares.filter(({ share }) => share <= MOST_ABOVE && share >= FEWEST_ABOVE);
    const beyond = shares.filter(({ share }) => share < FEWEST_ABOVE).slice(0, BOUNDS_BEYOND);
    return [...within, ...beyond].map(({ bound }) => bound);
}

/**
 * The requests of a histogram that took longer than a bound.
 *
 * @throws RangeError if the histogram has no such bucket, because its buckets changed after the bounds were chosen
 */
export function above({ requests, buckets }: Histogram, bound: number): Arm {
    const bucket = buckets.find((one) => one.bound === bound);
    if (bucket === undefined) {
        const bounds = buckets.map((one) => one.bound).join(", ");
        throw new RangeError(
            `bound: expected a bucket of the histogram (${bounds || "none"}), got ${bound} ms. Choose the bounds again.`,
        );
    }
    return { requests, failed: Math.max(0, requests - bucket.atMost) };
}

export function latencyStart(bounds: readonly number[]): LatencyState {
    return { bounds, processes: bounds.map(() => harmStart()) };
}

/**
 * The state after one more scrape. A scrape without any requests changes nothing.
 *
 * @param strata for each bound, in the state's order, the counts from each source; `failed` counts the requests above the bound
 * @throws RangeError for a count that is negative or not a number, or unless `strata` has one element for each bound
 */
export function latencyAfter(
    { bounds, processes }: LatencyState,
    strata: readonly (readonly Counts[])[],
    options: HarmOptions,
    at?: number,
): LatencyState {
    if (strata.length !== bounds.length) {
        throw new RangeError(
            `strata: expected ${bounds.length} elements, one for each bound (${bounds.join(", ")} ms), got ${strata.length}.`,
        );
    }
    return {
        bounds,
        processes: processes.map((process, j) => harmAfter(process, strata[j] ?? [], options, at)),
    };
}

/** The evidence by which nothing passes. */
export function latencySuspicion({ processes }: LatencyState): number {
    return processes.length === 0 ? 0 : logMeanExp(processes.map((one) => harmSuspicion(one)));
}

/**
 * ln E, in nats: 0 at the start, and without bounds; roll back at ln(1/alpha) or more. E is the mean of the bounds' E's, which is
 * valid however they depend on each other (Vovk and Wang 2021); their product is not.
 */
export function latencyEvidence({ processes }: LatencyState): number {
    return processes.length === 0 ? 0 : logMeanExp(processes.map((one) => harmEvidence(one)));
}
