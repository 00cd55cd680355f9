// Wilson's interval against published values, and its edges.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    proportionInterval,
    z99,
    z9999,
} from "../../../../../canary/analysis/statistics/proportionInterval";

describe("proportionInterval", () => {
    // R: binom::binom.wilson(x, n, conf.level), also Newcombe, Statistics in Medicine 17 (1998), table I (95 %).
    for (const [x, n, z, low, high] of [
        [81, 263, 1.959963984540054, 0.2553, 0.3662],
        [15, 148, 1.959963984540054, 0.0624, 0.1605],
        [0, 20, 1.959963984540054, 0, 0.1611],
        [1, 29, 1.959963984540054, 0.0061, 0.1718],
    ] as const) {
        it(`gives ${low}–${high} for ${x} of ${n}`, () => {
            const interval = proportionInterval(x, n, z);
            assert.equal(interval.low.toFixed(4), low.toFixed(4));
            assert.equal(interval.high.toFixed(4), high.toFixed(4));
        });
    }

    it("is [0, 1] without trials", () => {
        assert.deepEqual(proportionInterval(0, 0, z99), { low: 0, high: 1 });
    });

    it("ends exactly at 0 without successes and at 1 without failures", () => {
        assert.equal(proportionInterval(0, 1500, z99).low, 0);
        assert.equal(proportionInterval(1500, 1500, z99).high, 1);
    });

    it("contains the measured share, stays in [0, 1] and widens with the level", () => {
        fc.assert(
            fc.property(fc.nat(5000), fc.nat(5000), (a, b) => {
                const [x, n] = [Math.min(a, b), Math.max(a, b, 1)];
                const [narrow, wide] = [
                    proportionInterval(x, n, z99),
                    proportionInterval(x, n, z9999),
                ];
                assert.ok(narrow.low <= x / n && x / n <= narrow.high);
                assert.ok(0 <= wide.low && wide.low <= narrow.low);
                assert.ok(narrow.high <= wide.high && wide.high <= 1);
            }),
        );
    });
});
