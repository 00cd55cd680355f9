/** Is the canary slower? The harm test on how many requests took longer than a bucket's bound, at several bounds at once. */
import type { Arm, Counts } from "./counts";
import { type HarmOptions, type HarmState, harmAfter, harmEvidence, harmStart } from "./harm";
import { logMeanExp } from "./logSpace";

/** Effects on the share of requests above a bound. */
export const LATENCY_RATIOS: readonly number[] = [1.3, 1.6, 2, 3, 5, 10, 30];

/** Slower than this is harm: 1.3 times the stable's share above the bound, and 0.2 % of the requests. */
export const LATENCY_NULL = { baseRatio: 1.3, margin: 0.002 } as const;

const MOST_ABOVE = 0.4;
const FEWEST_ABOVE = 0.004;
const BOUNDS_BEYOND = 2;

/** A Prometheus histogram over some time, without its +Inf bucket, which is `requests`. */
export interface Histogram {
    readonly requests: number;
    /** In ascending order of bounds (milliseconds, as Istio's); `atMost` is cumulative. */
    readonly buckets: readonly { readonly bound: number; readonly atMost: number }[];
}

/** Plain JSON. */
export interface LatencyState {
    readonly bounds: readonly number[];
    /** One harm process for each bound. */
    readonly processes: readonly HarmState[];
}

/**
 * The bounds worth a test: those that 0.4–40 % of the stable's requests exceeded, and the next two, where a stable that never
 * gets there makes a few slow requests tell. Empty without requests, or if even the last bound was exceeded by more.
 *
 * @param stable its requests before the rollout, say of ten minutes
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
 * How many requests of a histogram took longer than a bound.
 *
 * @throws RangeError if the histogram has no such bound: its buckets changed since the bounds were chosen
 */
export function above({ requests, buckets }: Histogram, bound: number): Arm {
    const bucket = buckets.find((one) => one.bound === bound);
    if (bucket === undefined) {
        const bounds = buckets.map((one) => one.bound).join(", ");
        throw new RangeError(
            `The histogram has no bucket up to ${bound} ms, only up to ${bounds || "none"}. Choose the bounds anew.`,
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
 * @param strata for each bound, in the state's order, what each source saw; `failed` are the requests above the bound
 * @throws RangeError for a count that is negative or not a number, or if there is not one element for each bound
 */
export function latencyAfter(
    { bounds, processes }: LatencyState,
    strata: readonly (readonly Counts[])[],
    options: HarmOptions,
): LatencyState {
    if (strata.length !== bounds.length) {
        throw new RangeError(
            `There are counts for ${strata.length} bounds, but the state has ${bounds.length}: ${bounds.join(", ")} ms.`,
        );
    }
    return {
        bounds,
        processes: processes.map((process, j) => harmAfter(process, strata[j] ?? [], options)),
    };
}

/**
 * ln E, in nats: 0 at the start, and without bounds; roll back at ln(1/alpha) or more. The E's of the bounds are averaged, which
 * is valid however they depend on each other (Vovk and Wang 2021); they must never be multiplied.
 */
export function latencyEvidence({ processes }: LatencyState): number {
    return processes.length === 0 ? 0 : logMeanExp(processes.map((one) => harmEvidence(one)));
}
