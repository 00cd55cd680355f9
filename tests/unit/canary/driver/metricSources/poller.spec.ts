// Sources are read in the background, no more often than their interval.
import assert from "node:assert/strict";
import { checkDriverConfig } from "../../../../../canary/analysis/config/driverConfig";
import type { SourceMetric } from "../../../../../canary/analysis/config/metricConfig";
import { pollSources } from "../../../../../canary/driver/metricSources/poller";
import type { Read, Reading } from "../../../../../canary/driver/metricSources/source";

const ROLLOUT = { app: "web", namespace: "shop", stable: "v1", canary: "v2" } as const;

function metric(more: object = {}): SourceMetric {
    const one = { name: "orders", provider: "web", url: "http://x", value: "$", limit: 1, ...more };
    const checked = checkDriverConfig({ analysis: { metrics: [one] } });
    assert.ok(checked.ok, JSON.stringify(checked));
    return checked.config.analysis.metrics[0] as SourceMetric;
}

function polling(read: Read, more: object = {}) {
    const clock = {
        time: 0,
        now: () => clock.time,
        elapsed: () => clock.time,
        sleep: (_: number, signal?: AbortSignal) =>
            new Promise<void>((done) => {
                const timer = setTimeout(done, 30);
                signal?.addEventListener("abort", () => {
                    clearTimeout(timer);
                    done();
                });
            }),
    };
    const poll = pollSources([{ metric: metric(more), read }], ROLLOUT, clock);
    return { clock, poll: async () => (await poll()).orders };
}

describe("pollSources", () => {
    it("reads both versions, and keeps the values and their time for the interval", async () => {
        let reads = 0;
        const { clock, poll } = polling(
            async ({ version }) => {
                reads++;
                return { value: version === "v2" ? reads : 7 };
            },
            { interval: "1m" },
        );
        const first = await poll();
        assert.deepEqual({ ...first, canary: 1 }, { canary: 1, stable: 7, at: 0 });
        clock.time = 59_000;
        assert.deepEqual(await poll(), first);
        clock.time = 60_000;
        assert.equal((await poll())?.at, 60_000);
        assert.equal(reads, 4);
    });

    it("does not wait for a slow source, and has its value at a later sample", async () => {
        let answer: ((reading: Reading) => void) | undefined;
        const slow = new Promise<Reading>((done) => {
            answer = done;
        });
        const { poll } = polling(() => slow);
        assert.deepEqual(await poll(), {});
        answer?.({ value: 3 });
        await new Promise((done) => setImmediate(done));
        assert.deepEqual(await poll(), { canary: 3, stable: 3, at: 0 });
    });

    it("waits as long as a rate limit asks for", async () => {
        const answers: Reading[] = [{ problem: "answered 429", retryAfter: 30_000 }];
        const { clock, poll } = polling(async () => answers[0] ?? { value: 1 });
        assert.deepEqual(await poll(), { problem: "answered 429" });
        answers.length = 0;
        clock.time = 29_000;
        assert.deepEqual(await poll(), { problem: "answered 429" });
        clock.time = 30_000;
        assert.equal((await poll())?.canary, 1);
    });

    it("has a counter of 0 before its first increment, if the total exists", async () => {
        const counter = { kind: "counter", of: "$.all" };
        const { poll } = polling(
            async ({ version }) => (version === "v2" ? { of: 5 } : { value: 1, of: 50 }),
            counter,
        );
        const expected = { canary: 0, canaryOf: 5, stable: 1, stableOf: 50, at: 0 };
        assert.deepEqual(await poll(), expected);
    });

    it("reports the problem of either version", async () => {
        const { poll } = polling(async ({ version }) => {
            if (version === "v1") throw new Error("broken");
            return { value: 1 };
        });
        assert.deepEqual(await poll(), { problem: "broken" });
    });
});
