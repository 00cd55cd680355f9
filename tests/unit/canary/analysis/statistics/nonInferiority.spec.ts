// Non-inferiority: the published value, and the guarantee against passing a canary at the margin.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    type Counts,
    NON_INFERIORITY_RATIOS,
    nonInferiorityAfter,
    nonInferiorityEvidence,
    nonInferiorityStart,
} from "../../../../../canary/analysis/statistics";
import { anyCounts, counts, outcomesOfBoth } from "../../../../fixtures/analysis/arbitraryCounts";

function evidence(scrapes: readonly (readonly Counts[])[], margin: number, dispersion = 1): number {
    const state = scrapes.reduce(
        (before, strata) => nonInferiorityAfter(before, strata, { margin, dispersion }),
        nonInferiorityStart(),
    );
    return nonInferiorityEvidence(state);
}

describe("nonInferiorityEvidence", () => {
    it("is the published evidence of 75 good requests at margin 0.05", () => {
        assert.equal(evidence([[counts(75, 0, 675, 0)]], 0.05).toFixed(6), "2.873118");
    });

    it("is 0 before the first scrape, and for a scrape without requests", () => {
        assert.equal(evidence([], 0.05), 0);
        assert.equal(evidence([[], [counts(0, 0, 0, 0)]], 0.05), 0);
    });

    it("has an expectation of at most 1 for a canary at the margin or above", () => {
        for (const [p0, margin, worse] of [
            [0, 0.3, 0],
            [0.2, 0.3, 0],
            [0.5, 0.1, 0.2],
        ] as const) {
            const scrape = outcomesOfBoth(
                { requests: 5, share: p0 + margin + worse },
                { requests: 6, share: p0 },
            );
            let expected = 0;
            for (const a of scrape) {
                for (const b of scrape) {
                    const e = Math.exp(evidence([[a.counts], [b.counts]], margin));
                    expected += a.probability * b.probability * e;
                }
            }
            assert.ok(expected <= 1 + 1e-9, `E is ${expected} in expectation`);
        }
    });

    it("grows with the margin, and does not grow with the canary's failures", () => {
        fc.assert(
            fc.property(anyCounts(3000), (one) => {
                const { canary, stable } = one;
                const worse = { canary: { ...canary, failed: canary.failed + 1 }, stable };
                const l = evidence([[one]], 0.01);
                assert.ok(evidence([[one]], 0.02) >= l - 1e-9);
                assert.ok(evidence([[worse]], 0.01) <= l + 1e-9);
            }),
        );
    });

    it("is a number for any counts, whatever the order of strata, and its state survives JSON", () => {
        fc.assert(
            fc.property(fc.array(anyCounts(1e9), { maxLength: 4 }), (strata) => {
                const options = { margin: 0.005, dispersion: 1.5 };
                const state = nonInferiorityAfter(nonInferiorityStart(), strata, options);
                const reversed = nonInferiorityAfter(
                    nonInferiorityStart(),
                    [...strata].reverse(),
                    options,
                );
                const [a, b] = [nonInferiorityEvidence(state), nonInferiorityEvidence(reversed)];
                assert.ok(Number.isFinite(a));
                assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)));
                assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
            }),
        );
    });

    it("needs φ times the requests if failures come in clusters", () => {
        assert.equal(
            evidence([[counts(150, 0, 1350, 0)]], 0.05, 2).toFixed(9),
            evidence([[counts(75, 0, 675, 0)]], 0.05).toFixed(9),
        );
        assert.equal(NON_INFERIORITY_RATIOS.length, nonInferiorityStart().logs.length);
    });
});
