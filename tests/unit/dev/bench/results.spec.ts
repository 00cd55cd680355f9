import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { list, median } from "../../../../dev/bench/harness/median";
import { plotOf } from "../../../../dev/bench/harness/plot";
import { type Results, writeResults } from "../../../../dev/bench/harness/results";
import { benchArguments } from "../../../../dev/bench/harness/runBench";

const RESULTS: Results = {
    name: "example",
    question: "What does it take?",
    versions: { Pulumi: "3.216.0" },
    values: { rounds: [{ apps: 1, seconds: [1.5, 1.25] }] },
    tables: [{ title: "Seconds", columns: ["apps", "a|b"], rows: [["1", "1.25"]], note: "Few." }],
    plots: [
        {
            title: "Seconds by <apps>",
            kind: "line",
            x: { name: "apps", log: true },
            y: { name: "seconds" },
            series: [
                {
                    name: "ours",
                    points: [
                        [1, 1.5],
                        [10, 2],
                    ],
                },
            ],
        },
    ],
};

describe("writeResults", () => {
    let folder: string;
    before(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "results-"));
        await writeResults(RESULTS, "npm run bench:example", folder, new Date(0));
    });
    after(() => rm(folder, { recursive: true }));

    it("keeps raw values with what they hold for, and nothing of whose machine it is", async () => {
        const text = await readFile(path.join(folder, "example.json"), "utf8");
        const { machine, ...rest } = JSON.parse(text);
        assert.deepEqual(rest, {
            question: "What does it take?",
            command: "npm run bench:example",
            date: "1970-01-01T00:00Z",
            versions: { Pulumi: "3.216.0" },
            values: RESULTS.values,
        });
        assert.deepEqual(Object.keys(machine).sort(), [
            "cores",
            "cpu",
            "kernel",
            "memoryGiB",
            "node",
        ]);
        for (const file of await readdir(folder)) {
            const written = await readFile(path.join(folder, file), "utf8");
            assert.ok(!written.includes(folder) && !written.includes(process.cwd()), file);
        }
    });

    it("writes tables that Markdown shows as tables", async () => {
        const text = await readFile(path.join(folder, "example.md"), "utf8");
        assert.match(
            text,
            /^# What does it take\?\n\n`npm run bench:example`, 1970-01-01T00:00Z, /,
        );
        assert.match(text, /\| apps \| a\\\|b \|\n\| --- \| ---: \|\n\| 1 \| 1\.25 \|\n\nFew\.\n/);
        assert.match(text, /!\[Seconds by <apps>\]\(example\.svg\)/);
    });

    it("draws plots with a name, no scripts, and colours for light and dark", async () => {
        const text = await readFile(path.join(folder, "example.svg"), "utf8");
        assert.match(text, /<title id="title">Seconds by &lt;apps&gt;<\/title>/);
        assert.match(text, /prefers-color-scheme:dark/);
        assert.doesNotMatch(text, /<script|NaN|undefined|Infinity/);
        assert.equal(text.match(/<svg/g)?.length, 1);
        assert.equal(text.match(/<\/svg>/g)?.length, 1);
        assert.equal(plotOf(RESULTS.plots), text);
    });

    for (const kind of ["line", "scatter", "bar"] as const) {
        it(`draws a ${kind} plot with its series, title and legend`, () => {
            const [plot] = RESULTS.plots;
            assert.ok(plot !== undefined);
            const [first] = plot.series;
            assert.ok(first !== undefined);
            const points = [["a", 1.5] as const, ["b", 2] as const];
            const x = { name: "apps" };
            const series = kind === "bar" ? [{ ...first, points }] : plot.series;
            const text = plotOf([{ ...plot, kind, x, series }]);
            assert.match(text, /stroke="var\(--series0\)"|fill="var\(--series0\)"/);
            assert.match(text, />ours<\/text>/);
            assert.match(text, />Seconds by &lt;apps&gt;<\/text>/);
        });
    }
});

describe("benchArguments", () => {
    it("reads rounds and the short form, and refuses all else", () => {
        assert.deepEqual(benchArguments([]), { short: false, rounds: undefined, options: {} });
        assert.deepEqual(benchArguments(["7", "--short"]), { short: true, rounds: 7, options: {} });
        for (const wrong of [["0"], ["many"], ["1.5"], ["1", "2"]]) {
            assert.throws(
                () => benchArguments(wrong),
                new RegExp(`Expected \\[ROUNDS\\].*${wrong.join(" ")}`),
            );
        }
        assert.throws(() => benchArguments(["--fast"]), /--fast/);
    });
});

describe("median", () => {
    it("is a value that was measured", () => {
        assert.equal(median([3, 1, 2]), 2);
        assert.equal(median([4, 1, 2, 3]), 2);
        assert.ok(Number.isNaN(median([])));
        assert.equal(list([1.234, 5]), "1.23 5.00");
    });
});
