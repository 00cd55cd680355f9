// Request durations: log-normal with a median of 60 ms, and the shares above the bounds of Istio's histogram.
import { type Histogram, latencyBounds } from "../../../canary/analysis/statistics";

const MEDIAN = 60;
const SIGMA = 0.7;
/** Bounds of Istio's histogram, milliseconds. */
const BUCKETS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** The stable's expected requests in ten minutes at 50 per second. */
function stableHistogram(): Histogram {
    const requests = 30_000;
    return {
        requests,
        buckets: BUCKETS.map((bound) => ({ bound, atMost: requests * (1 - exceeding(bound, 1)) })),
    };
}

/** The bounds that the shipped code selects for this stable. */
export const LATENCY_BOUNDS = latencyBounds(stableHistogram());

/** Index of Flagger's limit, 500 ms. */
export const FLAGGER_BOUND = LATENCY_BOUNDS.indexOf(500);

/**
 * Shares above each bound for a version where every request takes `factor` times as long, and a fraction `hung` takes 3 s.
 */
export function slowShares(factor: number, hung = 0): number[] {
    return LATENCY_BOUNDS.map(
        (bound) => (bound < 3_000 ? hung : 0) + (1 - hung) * exceeding(bound, factor),
    );
}

function exceeding(bound: number, factor: number): number {
    return upperNormal(Math.log(bound / (MEDIAN * factor)) / SIGMA);
}

/** P(Z > z): Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function upperNormal(z: number): number {
    if (z < 0) return 1 - upperNormal(-z);
    const t = 1 / (1 + 0.2316419 * z);
    const series =
        t *
        (0.31938153 +
            t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
