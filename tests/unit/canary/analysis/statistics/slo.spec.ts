// One version against its objective, regardless of the other version.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    HARM_RATIOS,
    type SloOptions,
    sloAfter,
    sloEvidence,
    sloStart,
} from "../../../../../canary/analysis/statistics";
import { outcomes } from "../../../../fixtures/analysis/arbitraryCounts";

const options: SloOptions = {
    alpha: 0.005,
    objective: 0.01,
    ratios: HARM_RATIOS,
    corroboration: 2,
    maxScrapes: 60,
    firstOnset: 0.5,
    dispersion: 1,
};

function evidence(scrapes: number, requests: number, failed: number): number {
    let state = sloStart();
    for (let k = 0; k < scrapes; k++) state = sloAfter(state, [{ requests, failed }], options);
    return sloEvidence(state);
}

describe("sloEvidence", () => {
    it("is no evidence against a version exactly at its objective, however long", () => {
        assert.ok(evidence(60, 1000, 10) < 1);
        assert.ok(evidence(60, 1000, 0) <= 0);
    });

    it("detects a failure share 1.5 times the objective", () => {
        assert.ok(evidence(20, 1000, 15) >= Math.log(200));
    });

    it("has an expectation of at most 1 at the objective, over every outcome of two scrapes", () => {
        for (const dispersion of [1, 3]) {
            const of = { ...options, objective: 0.2, dispersion, maxScrapes: 2 };
            const scrape = outcomes(8, 0.2);
            let expected = 0;
            for (const a of scrape) {
                const first = sloAfter(sloStart(), [a.arm], of);
                for (const b of scrape) {
                    const e = Math.exp(sloEvidence(sloAfter(first, [b.arm], of)));
                    expected += a.probability * b.probability * e;
                }
            }
            assert.ok(expected <= 1 + 1e-9, `E is ${expected} in expectation`);
        }
    });

    it("grows with failures and shrinks with the objective", () => {
        fc.assert(
            fc.property(fc.nat(2000), fc.nat(2000), (a, b) => {
                const [requests, failed] = [Math.max(a, b), Math.min(a, b)];
                const of = (arm: { requests: number; failed: number }, objective: number) =>
                    sloEvidence(sloAfter(sloStart(), [arm], { ...options, objective }));
                const here = of({ requests, failed }, 0.01);
                assert.ok(of({ requests, failed: failed + 1 }, 0.01) >= here - 1e-9);
                assert.ok(of({ requests, failed }, 0.02) <= here + 1e-9);
            }),
        );
    });
});
