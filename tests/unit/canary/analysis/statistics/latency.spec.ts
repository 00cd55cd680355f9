// The latency test: which bounds it tests, and what the mean over them detects.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    above,
    type Counts,
    HARM_RATIOS,
    type HarmOptions,
    type Histogram,
    harmAfter,
    harmEvidence,
    harmStart,
    LATENCY_NULL,
    LATENCY_RATIOS,
    latencyAfter,
    latencyBounds,
    latencyEvidence,
    latencyStart,
} from "../../../../../canary/analysis/statistics";
import { anyCounts, counts } from "../../../../fixtures/analysis/arbitraryCounts";

const options: HarmOptions = {
    alpha: 0.005,
    ...LATENCY_NULL,
    ratios: LATENCY_RATIOS,
    corroboration: 2,
    maxScrapes: 60,
    firstOnset: 0.5,
    dispersion: 1,
};

function histogram(requests: number, atMost: Record<number, number>): Histogram {
    const buckets = Object.entries(atMost).map(([bound, count]) => ({
        bound: Number(bound),
        atMost: count,
    }));
    return { requests, buckets };
}

/** Of 10 000 requests: above 10 ms 99 %, 50 ms 40 %, 100 ms 5 %, 250 ms 0.4 %, 500 ms 0.1 %, from 1 s on none. */
const stable = histogram(10_000, {
    10: 100,
    50: 6000,
    100: 9500,
    250: 9960,
    500: 9990,
    1000: 10_000,
    2500: 10_000,
});

describe("latencyBounds", () => {
    it("selects the bounds that 0.4–40 % of the requests exceed, and the next two", () => {
        assert.deepEqual(latencyBounds(stable), [50, 100, 250, 500, 1000]);
    });

    it("selects the first two bounds of a service that stays below all of them", () => {
        assert.deepEqual(latencyBounds(histogram(1000, { 5: 1000, 10: 1000, 25: 1000 })), [5, 10]);
    });

    it("selects none if the requests exceed every bound, or without requests", () => {
        assert.deepEqual(latencyBounds(histogram(1000, { 5: 10, 10: 500 })), []);
        assert.deepEqual(latencyBounds(histogram(0, { 5: 0 })), []);
    });
});

describe("above", () => {
    it("counts the requests that took longer", () => {
        assert.deepEqual(above(stable, 100), { requests: 10_000, failed: 500 });
    });

    it("refuses a bound without a bucket", () => {
        assert.throws(() => above(histogram(5, { 5: 1, 10: 5 }), 50), {
            name: "RangeError",
            message:
                "bound: expected a bucket of the histogram (5, 10), got 50 ms. Choose the bounds again.",
        });
    });
});

describe("latencyEvidence", () => {
    const bounds = [50, 100, 250, 500, 1000];
    /** Two sources' counts of 100 canary requests, with the stable's shares times the factors. */
    const scrape = (...factors: number[]): Counts[][] =>
        [0.4, 0.05, 0.004, 0.001, 0].map((share, j) => {
            const canary = Math.min(100, Math.round(100 * (share || 0.0002) * (factors[j] ?? 1)));
            return [
                counts(50, 0, 450, Math.round(450 * share)),
                counts(50, canary, 450, Math.round(450 * share)),
            ];
        });
    const evidence = (scrapes: Counts[][][], of = options) =>
        latencyEvidence(
            scrapes.reduce((state, one) => latencyAfter(state, one, of), latencyStart(bounds)),
        );
    const times = (n: number, one: Counts[][]) => Array.from({ length: n }, () => one);

    it("is the log of the mean of the bounds' E's", () => {
        const strata = scrape(1, 4, 10);
        const each = strata.map((one) =>
            Math.exp(harmEvidence(harmAfter(harmStart(), one, options))),
        );
        const mean = each.reduce((sum, e) => sum + e, 0) / each.length;
        assert.equal(evidence([strata]).toFixed(9), Math.log(mean).toFixed(9));
    });

    it("stays low for a canary that is as slow as the stable, or a tenth slower", () => {
        assert.ok(evidence(times(60, scrape(1, 1, 1, 1, 1))) < 1);
        assert.ok(evidence(times(60, scrape(1.1, 1.2, 1))) < 1);
        assert.equal(latencyEvidence(latencyStart([])), 0);
        assert.equal(latencyEvidence(latencyStart(bounds)), 0);
    });

    it("detects a slower canary, and a few hanging requests if the stable has none", () => {
        assert.ok(evidence(times(8, scrape(1.8, 5, 20))) >= Math.log(200));
        assert.ok(evidence(times(8, scrape(1, 1, 10, 40, 200))) >= Math.log(200));
    });

    it("refuses counts for another number of bounds", () => {
        assert.throws(() => latencyAfter(latencyStart([50, 100]), [[]], options), {
            message: "strata: expected 2 elements, one for each bound (50, 100 ms), got 1.",
        });
    });

    it("is a number for any counts, and its state survives JSON", () => {
        fc.assert(
            fc.property(fc.array(anyCounts(1e9), { minLength: 2, maxLength: 2 }), (strata) => {
                const of = { ...options, ratios: HARM_RATIOS };
                const state = latencyAfter(
                    latencyStart([50, 100]),
                    strata.map((one) => [one]),
                    of,
                );
                assert.ok(Number.isFinite(latencyEvidence(state)));
                assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
            }),
        );
    });
});
