// The forecast before a rollout, against the tests themselves.
import assert from "node:assert/strict";
import {
    HARM_RATIOS,
    type HarmOptions,
    nonInferiorityAfter,
    nonInferiorityEvidence,
    nonInferiorityStart,
    scrapesToHarm,
    scrapesToNonInferiority,
} from "../../../../../canary/analysis/statistics";
import { counts } from "../../../../fixtures/analysis/arbitraryCounts";

const options: HarmOptions = {
    alpha: 0.01,
    margin: 0,
    baseRatio: 1,
    ratios: HARM_RATIOS,
    corroboration: 2,
    maxScrapes: 60,
    firstOnset: 0.5,
    dispersion: 1,
};
/** 50 requests a second, 15 s scrapes, weight 10. */
const traffic = { requests: 750, weight: 10, stableShare: 0.001 };

describe("scrapesToHarm", () => {
    it("is near the medians simulated at 50 requests a second", () => {
        // Simulated with corroboration 1: 125 s for 0.1 → 1 %, 20 s for 0.1 → 100 %, of which 5 s are not between scrapes.
        const weak = scrapesToHarm({ ...traffic, canaryShare: 0.01 }, options);
        assert.ok(weak && weak.scrapes >= 7 && weak.scrapes <= 11, `${weak?.scrapes}`);
        assert.equal(weak.canaryRequests, weak.scrapes * 75);
        assert.equal(weak.failed.toFixed(9), (weak.canaryRequests * 0.01).toFixed(9));
        const dead = { ...traffic, canaryShare: 1 };
        assert.equal(scrapesToHarm(dead, { ...options, corroboration: 1 })?.scrapes, 1);
        assert.equal(scrapesToHarm(dead, options)?.scrapes, 2);
    });

    it("is undefined if maxScrapes are too few", () => {
        assert.equal(scrapesToHarm({ ...traffic, canaryShare: 0.001 }, options), undefined);
        assert.equal(scrapesToHarm({ ...traffic, canaryShare: 0.0012 }, options), undefined);
        const none = { ...traffic, requests: 0, canaryShare: 1 };
        assert.equal(scrapesToHarm(none, options), undefined);
    });

    it("takes longer with less traffic, a margin or clusters", () => {
        const scrapes = (requests: number, of: HarmOptions) =>
            scrapesToHarm({ ...traffic, requests, canaryShare: 0.01 }, of)?.scrapes ?? Infinity;
        const base = scrapes(750, options);
        assert.ok(scrapes(300, options) > base);
        assert.ok(scrapes(750, { ...options, margin: 0.001 }) > base);
        assert.ok(scrapes(750, { ...options, dispersion: 2 }) > base);
    });
});

describe("scrapesToNonInferiority", () => {
    const good = { ...traffic, stableShare: 0, canaryShare: 0 };

    for (const [margin, requests] of [
        [0.05, 80],
        [0.02, 195],
        [0.01, 390],
        [0.005, 780],
    ] as const) {
        it(`needs about ${requests} good requests for margin ${margin}`, () => {
            const sight = scrapesToNonInferiority(good, { margin, dispersion: 1, beta: 0.05 });
            assert.ok(sight);
            assert.ok(
                Math.abs(sight.canaryRequests / requests - 1) < 0.03,
                `${sight.canaryRequests}`,
            );
            assert.equal(sight.failed, 0);
        });
    }

    it("is where the test's evidence reaches its limit, at any weight", () => {
        for (const weight of [1, 10, 50, 90]) {
            const options = { margin: 0.02, dispersion: 1.5, beta: 0.05 };
            const sight = scrapesToNonInferiority({ ...good, weight }, options);
            assert.ok(sight);
            const n1 = sight.canaryRequests;
            const all = counts(n1, 0, (n1 * (100 - weight)) / weight, 0);
            const state = nonInferiorityAfter(nonInferiorityStart(), [all], options);
            assert.equal(nonInferiorityEvidence(state).toFixed(6), Math.log(20).toFixed(6));
        }
    });

    it("is undefined for a canary at the margin, and at 100 %, where the stable gets no requests", () => {
        const options = { margin: 0.01, dispersion: 1, beta: 0.05 };
        assert.equal(
            scrapesToNonInferiority({ ...traffic, canaryShare: 0.011 }, options),
            undefined,
        );
        assert.equal(scrapesToNonInferiority({ ...good, weight: 100 }, options), undefined);
        // 163.9351 × 100 / 100 is greater than 163.9351 in doubles.
        const rounded = { ...good, requests: 163.9351, weight: 100 };
        assert.equal(scrapesToNonInferiority(rounded, options), undefined);
    });
});
