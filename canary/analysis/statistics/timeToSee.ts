/** Forecast before a rollout: how many scrapes the tests need at a given traffic. */
import type { Counts } from "./counts";
import { type HarmOptions, harmAfter, harmEvidence, harmStart } from "./harm";
import {
    type NonInferiorityOptions,
    nonInferiorityAfter,
    nonInferiorityEvidence,
    nonInferiorityStart,
} from "./nonInferiority";

/** Expected counts of one scrape. */
export interface ExpectedTraffic {
    /** Requests of both versions in one scrape. */
    readonly requests: number;
    /** The canary's share of them, percent. */
    readonly weight: number;
    /** Failure shares, 0–1. */
    readonly stableShare: number;
    readonly canaryShare: number;
}

export interface Sight {
    readonly scrapes: number;
    /** Canary requests until then, and how many of them failed. */
    readonly canaryRequests: number;
    readonly failed: number;
}

/**
 * Scrapes until the harm test detects harm: runs the whole test on the expected counts of each scrape, until ln E ≥ ln(1/alpha).
 * Because l is linear in the counts, this is the drift of the mixture; without a cap it takes about (ln(1/alpha) +
 * ln(1/firstOnset) + ln(number of ratios)) / E[l of the best ratio] scrapes. Roughly half of the rollouts detect it sooner.
 * Undefined if it takes more than `maxScrapes`.
 */
export function scrapesToHarm(traffic: ExpectedTraffic, options: HarmOptions): Sight | undefined {
    const counts = expectedCounts(traffic);
    const threshold = Math.log(1 / options.alpha);
    let state = harmStart();
    for (let scrapes = 1; scrapes <= options.maxScrapes; scrapes++) {
        state = harmAfter(state, [counts], options);
        if (harmEvidence(state) >= threshold) return sight(scrapes, counts);
    }
    return undefined;
}

/**
 * Scrapes until non-inferiority is shown, on the expected counts of each scrape: until ln E ≥ ln(1/beta). `scrapes` and the requests
 * are not rounded. Without failures it takes about 3.9/margin requests at beta = 0.05 and a small weight. Undefined if the canary
 * is so near the margin that no number of requests shows it.
 */
export function scrapesToNonInferiority(
    traffic: ExpectedTraffic,
    options: NonInferiorityOptions & { readonly beta: number },
): Sight | undefined {
    const counts = expectedCounts(traffic);
    const { logs } = nonInferiorityAfter(nonInferiorityStart(), [counts], options);
    const threshold = Math.log(1 / options.beta);
    const drift = Math.max(...logs);
    if (drift <= 0) return undefined;
    const evidence = (scrapes: number) =>
        nonInferiorityEvidence({ logs: logs.map((l) => l * scrapes) });
    // The mean of the E's is at least the largest divided by their number, so this is an upper bound.
    let high = (threshold + Math.log(logs.length)) / drift;
    let low = 0;
    while (high - low > 1e-9 * high) {
        const middle = (low + high) / 2;
        if (evidence(middle) >= threshold) high = middle;
        else low = middle;
    }
    return sight(high, counts);
}

function expectedCounts({ requests, weight, stableShare, canaryShare }: ExpectedTraffic): Counts {
    const canary = (requests * weight) / 100;
    // Not requests - canary: rounding would make it negative at weight 100.
    const stable = (requests * (100 - weight)) / 100;
    return {
        canary: { requests: canary, failed: canary * canaryShare },
        stable: { requests: stable, failed: stable * stableShare },
    };
}

function sight(scrapes: number, { canary }: Counts): Sight {
    return {
        scrapes,
        canaryRequests: scrapes * canary.requests,
        failed: scrapes * canary.failed,
    };
}
