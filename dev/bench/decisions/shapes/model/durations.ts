// Request durations in Istio's buckets: log-normal with a median of 60 ms and σ 0.7, times the version's slowness.
import type { Draw } from "../../random";
import { binomial } from "./binomial";

const MEDIAN = 60;
const SIGMA = 0.7;

/** Bounds of Istio's histogram, milliseconds, without those that no duration here or all of them exceed. */
export const BUCKETS = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000] as const;

/** Slowness is rounded to this, so that its bucket shares are computed once. */
const GRAIN = 0.25;
/** Up to this many requests are drawn one by one. */
const FEW = 12;

const shares = new Map<number, readonly number[]>();

/** Adds requests to cumulative counts: one for each bucket, then +Inf. */
export function addDurations(
    counts: Float64Array,
    requests: number,
    slowness: number,
    draw: Draw,
): void {
    const atMost = sharesAt(slowness);
    const last = BUCKETS.length;
    if (requests <= FEW) {
        for (let k = 0; k < requests; k++) {
            const u = draw.uniform();
            for (let j = last; j >= 0 && (j === last || u < (atMost[j] ?? 0)); j--) increase(j, 1);
        }
        return;
    }
    // Downwards from +Inf: of those in a bucket, how many are also in the one below.
    let left = requests;
    let share = 1;
    for (let j = last; j >= 0 && left > 0; j--) {
        const next = j === last ? 1 : (atMost[j] ?? 0);
        left = binomial(left, share > 0 ? next / share : 0, draw);
        share = next;
        increase(j, left);
    }

    function increase(j: number, by: number) {
        counts[j] = (counts[j] ?? 0) + by;
    }
}

/** Adds requests that all took this long. */
export function addTimeouts(counts: Float64Array, requests: number, milliseconds: number): void {
    for (let j = 0; j <= BUCKETS.length; j++) {
        if ((BUCKETS[j] ?? Number.POSITIVE_INFINITY) >= milliseconds) {
            counts[j] = (counts[j] ?? 0) + requests;
        }
    }
}

/** Rounded for {@link addDurations}. */
export function grain(slowness: number): number {
    return Math.round(slowness / GRAIN) * GRAIN;
}

function sharesAt(slowness: number): readonly number[] {
    const known = shares.get(slowness);
    if (known !== undefined) return known;
    const computed = BUCKETS.map((bound) => normal(Math.log(bound / (MEDIAN * slowness)) / SIGMA));
    shares.set(slowness, computed);
    return computed;
}

/** P(Z ≤ z): Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function normal(z: number): number {
    if (z > 0) return 1 - normal(-z);
    const t = 1 / (1 - 0.2316419 * z);
    const series =
        t *
        (0.31938153 +
            t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
