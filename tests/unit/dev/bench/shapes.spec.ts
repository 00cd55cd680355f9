// The simulation of traffic shapes in its short form: that it runs, and that its model draws what it says.
import assert from "node:assert/strict";
import { drawFrom } from "../../../../dev/bench/decisions/random";
import { distances } from "../../../../dev/bench/decisions/shapes/distances";
import { binomial } from "../../../../dev/bench/decisions/shapes/model/binomial";
import { addDurations, BUCKETS } from "../../../../dev/bench/decisions/shapes/model/durations";
import { excessOf, type Summary } from "../../../../dev/bench/decisions/shapes/outcomes";
import { WORKING_TREE } from "../../../../dev/bench/decisions/shapes/revision";
import { ROWS } from "../../../../dev/bench/decisions/shapes/rows";
import { shapes } from "../../../../dev/bench/decisions/shapes/table";
import { perform } from "../../../../dev/bench/decisions/shapes/tasks";
import { localPool } from "../../../../dev/bench/harness/pool";

const SHORT = { before: WORKING_TREE, after: WORKING_TREE, part: 0.01 };

describe("bench:shapes", () => {
    it("prints both tables in the short form, with the same figures for the same code", async () => {
        const options = { ...SHORT, only: "50 requests/s" };
        const table = await shapes(options, localPool(perform), () => {});
        const rows = table.lines.filter((line) => line.startsWith("canary fails 100 %"));
        assert.equal(rows.length, 1);
        const [, before, after] = /^(?:.{52})(.*) \|(.*?) {2}ok$/.exec(rows[0] ?? "") ?? [];
        assert.equal(before, after);
        assert.match(before ?? "", /^ +100 % +0 % +0 % +\d+ +\d+$/);
        const { lines } = await distances(options, localPool(perform), () => {});
        assert.equal(lines.length, 6);
    }).timeout(120_000);

    it("has rows with different names, so that each has its own random draws", () => {
        const names = ROWS.map(({ name }) => name);
        assert.deepEqual([...new Set(names)], names);
    });

    it("says which limit a row is above", () => {
        const summary = (part: Partial<Summary>): Summary => ({
            repetitions: 200,
            back: 1,
            promoted: 0,
            held: 0,
            seconds: 20,
            failed: 10,
            reason: "",
            ...part,
        });
        const before = summary({});
        const of = (part: Partial<Summary>, limit: Parameters<typeof excessOf>[0]) =>
            excessOf(limit, before, summary(part), () => before);
        assert.deepEqual(of({}, { backAtLeast: 0.99, seconds: 25, noWorse: true }), []);
        assert.deepEqual(of({ back: 0.02 }, { backAtMost: 0.01 }), ["rolled back"]);
        assert.deepEqual(of({ seconds: Number.NaN }, { seconds: 25 }), ["seconds"]);
        assert.deepEqual(of({ seconds: 41 }, { secondsOf: { row: "a", factor: 2 } }), ["seconds"]);
        assert.deepEqual(of({ failed: 13 }, { noWorse: true }), ["more failed requests"]);
    });
});

describe("the model of bench:shapes", () => {
    for (const [trials, share] of [
        [12, 0.3],
        [400, 0.01],
        [400, 0.4],
        [5_000, 0.9],
    ] as const) {
        it(`draws binomial variables of ${trials} trials and share ${share}`, () => {
            const draw = drawFrom(1);
            const values = Array.from({ length: 20_000 }, () => binomial(trials, share, draw));
            const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
            const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
            const expected = trials * share * (1 - share);
            // Five standard errors.
            const error = 5 * Math.sqrt(expected / values.length);
            assert.ok(Math.abs(mean - trials * share) <= error, `${mean}`);
            assert.ok(Math.abs(variance / expected - 1) <= 0.06, `${variance}`);
        });
    }

    it("counts durations into cumulative buckets, one by one or all at once", () => {
        const draw = drawFrom(2);
        const once = new Float64Array(BUCKETS.length + 1);
        const single = new Float64Array(BUCKETS.length + 1);
        addDurations(once, 20_000, 1, draw);
        for (let k = 0; k < 2_000; k++) addDurations(single, 10, 1, draw);
        for (const counts of [once, single]) {
            assert.equal(counts.at(-1), 20_000);
            assert.deepEqual(
                [...counts],
                [...counts].sort((a, b) => a - b),
            );
            // 60 ms is the median, so 76.7 % take at most 100 ms.
            assert.ok(Math.abs((counts[BUCKETS.indexOf(100)] ?? 0) / 20_000 - 0.767) < 0.02);
        }
    });
});
