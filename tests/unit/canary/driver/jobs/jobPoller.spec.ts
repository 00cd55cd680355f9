// When the Jobs of metrics start, and which value a sample gets.
import assert from "node:assert/strict";
import { checkDriverConfig } from "../../../../../canary/analysis/config/driverConfig";
import type { JobMetric } from "../../../../../canary/analysis/config/metrics/jobMetric";
import type { CustomValue } from "../../../../../canary/analysis/counts/observation";
import type { JobLook } from "../../../../../canary/driver/jobs/jobObject";
import { pollJobs } from "../../../../../canary/driver/jobs/jobPoller";

function polling(more: object = {}) {
    const smoke = { name: "smoke", provider: "job", image: "smoke:1", timeout: "10s", ...more };
    const checked = checkDriverConfig({ analysis: { metrics: [smoke] } });
    assert.ok(checked.ok, JSON.stringify(checked));
    const world = {
        time: 0,
        looks: [] as JobLook[],
        answer: (async () => ({ detail: "running" })) as () => Promise<CustomValue>,
    };
    const clock = {
        now: () => world.time,
        sleep: (_: number, signal?: AbortSignal) =>
            new Promise<void>((done) => {
                signal?.addEventListener("abort", () => done());
                setImmediate(() => setImmediate(done));
            }),
    };
    const runner = {
        look: (_: JobMetric, __: unknown, look: JobLook) => {
            world.looks.push(look);
            return world.answer();
        },
    };
    const place = { app: "web", namespace: "shop", canary: "v2" } as const;
    const poll = pollJobs(checked.config.analysis.metrics as JobMetric[], place, runner, clock);
    return {
        world,
        poll: async (routedAt: number | undefined) =>
            (await poll(undefined, { rollout: "web-1", routedAt })).smoke,
    };
}

const passed = (at: number): CustomValue => ({ canary: 0, at, detail: "passed" });

describe("pollJobs", () => {
    it("starts a Job once callers have the weight, and asks until it ends", async () => {
        const { world, poll } = polling();
        assert.equal(await poll(undefined), undefined);
        assert.equal(world.looks.length, 0);
        assert.deepEqual(await poll(0), { detail: "running" });
        world.answer = async () => passed(7);
        assert.deepEqual(await poll(0), passed(7));
        world.time = 3_600_000;
        assert.deepEqual(await poll(0), passed(7));
        assert.equal(world.looks.length, 2);
    });

    it("starts another for the next phase, without the value of the last", async () => {
        const { world, poll } = polling();
        world.answer = async () => passed(7);
        await poll(0);
        world.answer = async () => ({ detail: "running" });
        assert.deepEqual(await poll(60_000), { detail: "running" });
        assert.deepEqual(
            world.looks.map(({ routedAt }) => routedAt),
            [0, 60_000],
        );
    });

    it("keeps the last value of the phase while the next Job runs", async () => {
        const { world, poll } = polling({ interval: "1m" });
        world.answer = async () => passed(7);
        await poll(0);
        world.time = 61_000;
        world.answer = async () => ({ detail: "running" });
        assert.deepEqual(await poll(0), passed(7));
        world.answer = async () => passed(65_000);
        assert.deepEqual(await poll(0), passed(65_000));
        assert.deepEqual(
            world.looks.map(({ index }) => index),
            [0, 1, 1],
        );
    });

    it("does not start the next before the last has ended", async () => {
        const { world, poll } = polling({ interval: "1m" });
        await poll(0);
        world.time = 61_000;
        await poll(0);
        assert.deepEqual(
            world.looks.map(({ index }) => index),
            [0, 0],
        );
    });

    it("says why it could not ask, and asks again", async () => {
        const { world, poll } = polling();
        world.answer = async () => {
            throw new Error("jobs.batch is forbidden");
        };
        assert.deepEqual(await poll(0), { problem: "jobs.batch is forbidden" });
        world.answer = async () => passed(9);
        assert.deepEqual(await poll(0), passed(9));
    });

    it("does not wait for a slow API server", async () => {
        const { world, poll } = polling();
        let answer: ((value: CustomValue) => void) | undefined;
        world.answer = () =>
            new Promise((done) => {
                answer = done;
            });
        assert.deepEqual(await poll(0), {});
        answer?.(passed(9));
        await new Promise((done) => setImmediate(done));
        assert.deepEqual(await poll(0), passed(9));
    });
});
