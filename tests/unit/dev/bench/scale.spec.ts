import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { bySource } from "../../../../canary/analysis/counts/scrapes";
import { measured } from "../../../../dev/bench/harness/processTree";
import { highestHeld, ratesFrom, whyNotHeld } from "../../../../dev/bench/load/held";
import { type Step, sentIn } from "../../../../dev/bench/load/loadPod";
import { scraped } from "../../../../dev/bench/scale/day";
import { seriesPerApp, text } from "../../../../dev/bench/scale/exporter";
import { phase, type StackRun, type Way } from "../../../../dev/bench/scale/stacks";
import { costRatios, heapGrowth, secondsPerFurtherApp } from "../../../../dev/bench/scale/summary";

const run = (apps: number, round: number, seconds: number, way: Way = "all"): StackRun => ({
    ...{ apps, round, way, seconds },
    ...{ changed: apps, peakMB: 1, cpuSeconds: {} },
});

describe("bench:scale", () => {
    it("changes one app in a phase of one, and each app in a phase of all, whatever was before", () => {
        let weights = { first: 10, others: 10 };
        for (const way of ["one", "all", "allOnce", "one", "one", "all", "all"] as const) {
            const next = phase(way, weights);
            assert.notEqual(next.first, weights.first);
            assert.equal(next.others === weights.others, way === "one");
            weights = next;
        }
    });

    it("compares the cost per app of two sizes within a round", () => {
        const runs = [run(10, 1, 5), run(200, 1, 80), run(200, 2, 150), run(10, 2, 5)];
        assert.deepEqual(costRatios(runs, "all", 10, 200), [0.8, 1.5]);
        assert.deepEqual(costRatios(runs, "one", 10, 200), []);
        // A round that the smaller was not in has nothing to be compared with.
        assert.deepEqual(costRatios([...runs, run(200, 3, 9)], "all", 10, 200), [0.8, 1.5]);
    });

    it("takes off what a stack of one app takes", () => {
        const runs = [run(1, 1, 2), run(11, 1, 4)];
        assert.equal(secondsPerFurtherApp(runs, "all", 11), 0.2);
    });

    it("tells how a heap grew since its first quarter", () => {
        const at = (heapMB: number) => ({
            ...{ looks: 0, residentMB: 0, journalBytesPerLook: 0, cpuMsPerLook: 0 },
            heapMB,
        });
        assert.equal(heapGrowth([1, 10, 11, 12].map(at)), 1.2);
    });

    it("exports an app's counters as a scrape has them, rising", () => {
        assert.equal(seriesPerApp(), 300);
        const count = (seconds: number) =>
            /^istio_requests_total\{reporter="source".*version="v1".*code="200"\} (\d+)$/m.exec(
                text(7, seconds),
            )?.[1];
        assert.deepEqual([count(0), count(100)], ["0", "2985"]);
        assert.match(text(7, 1), /app-7\.shop\.svc\.cluster\.local/);
    });

    it("replaces callers in a day, and none without its last scrapes", () => {
        const hour = Date.UTC(2026, 10, 21, 1);
        const callers = [...bySource(scraped(hour, 65).requests).keys()];
        assert.equal(callers.length, 4);
        assert.ok(scraped(hour, 65).durations.every(({ samples }) => samples.length > 0));
    });
});

describe("measured", () => {
    it("counts what a command's children take, too", async () => {
        const hog =
            "let s=0;const b=Buffer.alloc(8e7,1);const t=Date.now();while(Date.now()-t<700)s+=b[0];";
        const script = `require("child_process").execFileSync(process.execPath,["-e",${JSON.stringify(hog)}])`;
        const { seconds, peakMB, cpuSeconds } = await measured(
            process.execPath,
            ["-e", script],
            {},
        );
        assert.ok(seconds >= 0.7, `${seconds}`);
        assert.ok(peakMB >= 120, `${peakMB}`);
        assert.ok((cpuSeconds.node ?? 0) > 0.05, JSON.stringify(cpuSeconds));
    });

    it("fails as the command fails", async () => {
        await assert.rejects(
            measured(process.execPath, ["-e", "process.exit(3)"], {}),
            /exit code 3/,
        );
    });

    it("asks a command that is interrupted, and waits for what it ends in order", async () => {
        const folder = await mkdtemp(path.join(tmpdir(), "measured-"));
        const child = path.join(folder, "child");
        const order = path.join(folder, "order");
        // As pulumi: it has started others, and ends them itself.
        const script = `trap 'kill $!; echo ended > ${order}; exit 130' INT; sleep 60 & echo $! > ${child}; wait`;
        const interrupted = new AbortController();
        const running = measured("sh", ["-c", script], { signal: interrupted.signal });
        while (!existsSync(child)) await setImmediate();
        interrupted.abort(new Error("interrupted"));
        await assert.rejects(running, /interrupted/);
        assert.equal(await readFile(order, "utf8"), "ended\n");
        await rm(folder, { recursive: true });
    });
});

describe("bench:load", () => {
    const step = (rate: number, change: Partial<Step> = {}): Step => ({
        ...{ rate, requests: rate * 10, failed: 0, unsent: 0, p50: 2, p99: 9, max: 20 },
        ...change,
    });
    const limits = { seconds: 10, p99: 200 };

    it("does not call a step held that failed, lagged or was slow", () => {
        assert.equal(whyNotHeld(step(100), limits), undefined);
        assert.equal(whyNotHeld(step(100, { failed: 1 }), limits), "1 of 1000 requests failed");
        assert.match(
            whyNotHeld(step(100, { unsent: 20 }), limits) ?? "",
            /of 1000 requests were sent/,
        );
        assert.match(whyNotHeld(step(100, { requests: 900 }), limits) ?? "", /900 of 1000/);
        const slow = { p99: 201, requests: 300 };
        assert.equal(whyNotHeld(step(100, slow), limits), "p99 201 ms, above 200 ms");
        assert.match(
            whyNotHeld(step(100, { requests: 0, p99: undefined }), limits) ?? "",
            /0 of 1000/,
        );
    });

    it("takes the last step before the first that breaks", () => {
        const steps = [step(100), step(200), step(300, { failed: 2 }), step(400)];
        assert.equal(highestHeld(steps, limits)?.rate, 200);
        assert.equal(highestHeld(steps.slice(0, 2), limits)?.rate, 200);
        assert.equal(highestHeld(steps.slice(2), limits), undefined);
    });

    it("rises by a fifth", () => {
        const rates = ratesFrom(200, 1_000);
        assert.deepEqual(rates, [200, 240, 290, 350, 420, 500, 600, 720, 860]);
    });

    it("reads what k6 says, once it has ended", () => {
        const failed = { at: 1, status: 503, ms: 2, error: "" };
        const log = `warning\n{"failed":${JSON.stringify(failed)}}\n`;
        assert.equal(sentIn(log), undefined);
        assert.deepEqual(sentIn(`${log}{"steps":[]}\n`), { steps: [], failures: [failed] });
    });
});
