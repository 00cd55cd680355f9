// The gamma quantile, against Garwood's Poisson limits and closed forms.
import assert from "node:assert/strict";
import fc from "fast-check";
import { gammaUpperQuantile } from "../../../../../canary/analysis/statistics";

describe("gammaUpperQuantile", () => {
    // Half of R's qchisq(0.975, 2 * shape), also Garwood, Biometrika 28 (1936): upper 97.5 % limits of 0, 1, 2, 10, 100 events.
    for (const [shape, limit] of [
        [1, "3.6889"],
        [2, "5.5716"],
        [3, "7.2247"],
        [11, "18.3904"],
        [101, "121.6268"],
    ] as const) {
        it(`gives ${limit} for ${shape - 1} events`, () => {
            assert.equal(gammaUpperQuantile(0.025, shape).toFixed(4), limit);
        });
    }

    it("is −ln tail for shape 1", () => {
        for (const tail of [0.5, 0.05, 1e-3, 1e-12]) {
            const t = gammaUpperQuantile(tail, 1);
            assert.ok(Math.abs(t + Math.log(tail)) <= 1e-10 * t);
        }
    });

    it("solves e^−t·(1 + t + t²/2) = tail for shape 3", () => {
        for (const tail of [0.5, 0.025, 1e-9]) {
            const t = gammaUpperQuantile(tail, 3);
            const found = Math.exp(-t) * (1 + t + (t * t) / 2);
            assert.ok(Math.abs(found / tail - 1) <= 1e-9);
        }
    });

    it("agrees with Cornish and Fisher's expansion for a billion events", () => {
        const [z, shape] = [3.023341439739, 1e9];
        const expansion = shape + z * Math.sqrt(shape) + (z * z - 1) / 3;
        assert.ok(Math.abs(gammaUpperQuantile(0.00125, shape) - expansion) < 0.1);
    });

    it("is above the shape's median, grows with the shape and shrinks with the tail", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 1e7 }),
                fc.double({ min: 1e-9, max: 0.4, noNaN: true }),
                (shape, tail) => {
                    const t = gammaUpperQuantile(tail, shape);
                    assert.ok(t > shape - 1 / 3);
                    assert.ok(gammaUpperQuantile(tail, shape + 1) > t);
                    assert.ok(gammaUpperQuantile(tail + 0.1, shape) < t);
                },
            ),
            { numRuns: 50 },
        );
    });

    it("refuses values outside its range", () => {
        for (const [tail, shape] of [
            [0, 1],
            [0.6, 1],
            [Number.NaN, 1],
            [0.1, 0],
            [0.1, 1.5],
        ] as const) {
            assert.throws(() => gammaUpperQuantile(tail, shape), {
                name: "RangeError",
                message: `gammaUpperQuantile: expected a tail above 0 and at most 0.5 and an integer shape of at least 1, got ${tail} and ${shape}.`,
            });
        }
    });
});
