// The log e-value of one stratum: its formula, and an expectation of at most 1 under every null, however unequal the arms.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    HARM_RATIOS,
    logIncrement,
    NON_INFERIORITY_RATIOS,
} from "../../../../../canary/analysis/statistics";
import { logIncrementOver } from "../../../../../canary/analysis/statistics/increment";
import {
    anyCounts,
    counts,
    outcomes,
    outcomesOfBoth,
} from "../../../../fixtures/analysis/arbitraryCounts";

const noMargin = { baseRatio: 1, margin: 0 };
const anyNull = fc.record({
    baseRatio: fc.double({ min: 0.5, max: 2, noNaN: true }),
    margin: fc.double({ min: 0, max: 0.2, noNaN: true }),
});
const anyRatio = fc.constantFrom(...HARM_RATIOS, ...NON_INFERIORITY_RATIOS);
const anyRequests = fc.nat(6);
const anyShare = fc.double({ min: 0, max: 1, noNaN: true });

describe("logIncrement", () => {
    it("is x1·ln(ρ/c) − x0·ln c − n1·δ·(ρ/c − 1)", () => {
        // 75 of 750 requests at the canary: v = 0.1; with ρ = 11, c = 2.
        const l = logIncrement(counts(75, 3, 675, 1), 11, { baseRatio: 1, margin: 0.001 });
        const byHand = 3 * Math.log(5.5) - Math.log(2) - 75 * 0.001 * 4.5;
        assert.equal(l.toFixed(12), byHand.toFixed(12));
    });

    it("weights the canary's requests by the base ratio", () => {
        // 100·1.5 / (100·1.5 + 350) = 0.3, so c = 1.3 with ρ = 2.
        const l = logIncrement(counts(100, 4, 350, 5), 2, { baseRatio: 1.5, margin: 0 });
        const byHand = 4 * Math.log(2 / 1.3) - 5 * Math.log(1.3);
        assert.equal(l.toFixed(12), byHand.toFixed(12));
    });

    it("is 0 if a version has no requests", () => {
        for (const one of [counts(0, 0, 0, 0), counts(9, 4, 0, 0), counts(0, 0, 9, 4)]) {
            for (const ratio of [...HARM_RATIOS, ...NON_INFERIORITY_RATIOS]) {
                // -0 and 0 are the same evidence.
                assert.equal(logIncrement(one, ratio, { baseRatio: 1.3, margin: 0.01 }) + 0, 0);
            }
        }
    });

    it("has an expectation of at most 1 under the null, over every outcome of a few requests", () => {
        fc.assert(
            fc.property(
                anyRatio,
                anyNull,
                anyRequests,
                anyRequests,
                anyShare,
                anyShare,
                (ratio, test, n1, n0, p0, part) => {
                    const edge = Math.min(1, test.baseRatio * p0 + test.margin);
                    // Harm's null is every share up to the edge; non-inferiority's is every share from the edge on.
                    const p1 = ratio > 1 ? edge * part : edge + (1 - edge) * part;
                    fc.pre(ratio > 1 || test.baseRatio * p0 + test.margin <= 1);
                    const expected = outcomesOfBoth(
                        { requests: n1, share: p1 },
                        { requests: n0, share: p0 },
                    ).reduce(
                        (sum, one) =>
                            sum + one.probability * Math.exp(logIncrement(one.counts, ratio, test)),
                        0,
                    );
                    assert.ok(expected <= 1 + 1e-9, `E[e^l] is ${expected}`);
                },
            ),
            { numRuns: 500 },
        );
    });

    it("has an expectation of at most 1 if two sources have different shares", () => {
        const test = { baseRatio: 1, margin: 0.05 };
        for (const ratio of HARM_RATIOS) {
            let expected = 0;
            const first = outcomesOfBoth({ requests: 2, share: 0.15 }, { requests: 3, share: 0.1 });
            const second = outcomesOfBoth(
                { requests: 3, share: 0.45 },
                { requests: 2, share: 0.4 },
            );
            for (const a of first) {
                for (const b of second) {
                    const l =
                        logIncrement(a.counts, ratio, test) + logIncrement(b.counts, ratio, test);
                    expected += a.probability * b.probability * Math.exp(l);
                }
            }
            assert.ok(expected <= 1, `E[e^l] is ${expected} at ratio ${ratio}`);
        }
    });

    it("grows with the canary's failures and shrinks with the stable's and the margin, and vice versa for a ratio below 1", () => {
        fc.assert(
            fc.property(anyCounts(5000), anyRatio, anyNull, (one, ratio, test) => {
                const sign = Math.sign(ratio - 1);
                const { canary, stable } = one;
                const worse = { canary: { ...canary, failed: canary.failed + 1 }, stable };
                const better = { canary, stable: { ...stable, failed: stable.failed + 1 } };
                const wider = { ...test, margin: test.margin + 0.01 };
                const l = logIncrement(one, ratio, test);
                assert.ok(sign * (logIncrement(worse, ratio, test) - l) >= -1e-9);
                assert.ok(sign * (logIncrement(better, ratio, test) - l) <= 1e-9);
                assert.ok(sign * (logIncrement(one, ratio, wider) - l) <= 1e-9);
            }),
        );
    });

    it("is a number for counts up to a billion", () => {
        fc.assert(
            fc.property(anyCounts(1e9), anyRatio, anyNull, (one, ratio, test) => {
                assert.ok(Number.isFinite(logIncrement(one, ratio, test)));
            }),
        );
    });

    it("is no evidence for a billion equal failures", () => {
        for (const ratio of HARM_RATIOS) {
            assert.ok(logIncrement(counts(1e9, 1e6, 1e9, 1e6), ratio, noMargin) < 0);
            assert.ok(logIncrement(counts(1e9, 1e9, 1, 1), ratio, noMargin) < 1e-6);
        }
    });

    it("refuses a count that is negative or not a number", () => {
        for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
            for (const one of [counts(wrong, 0, 9, 0), counts(9, 0, 9, wrong)]) {
                assert.throws(
                    () => logIncrement(one, 2, noMargin),
                    new RegExp(`^RangeError: counts: expected finite numbers .* ${wrong} `),
                );
            }
        }
    });
});

describe("logIncrementOver", () => {
    it("is x·ln ρ − n·share·(ρ − 1)", () => {
        const l = logIncrementOver({ requests: 750, failed: 3 }, 5, 0.001);
        assert.equal(l.toFixed(12), (3 * Math.log(5) - 750 * 0.001 * 4).toFixed(12));
    });

    it("has an expectation of at most 1 at any share up to the allowed one", () => {
        fc.assert(
            fc.property(
                fc.constantFrom(...HARM_RATIOS),
                fc.nat(12),
                anyShare,
                anyShare,
                (ratio, requests, allowed, part) => {
                    const expected = outcomes(requests, allowed * part).reduce(
                        (sum, { arm, probability }) =>
                            sum + probability * Math.exp(logIncrementOver(arm, ratio, allowed)),
                        0,
                    );
                    assert.ok(expected <= 1 + 1e-9, `E[e^l] is ${expected}`);
                },
            ),
        );
    });
});
