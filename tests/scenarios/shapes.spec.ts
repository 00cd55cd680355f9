// Shapes of real traffic on the mesh, with the shipped warm-up and holdback; bench:shapes simulates more of them.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { answerNow, openAnswers } from "../mesh/harness/answers";
import { quickAnalysis, RunningDriver, redeploy } from "../mesh/harness/driven";
import { LiveRollout } from "../mesh/harness/liveRollout";

const RATE = 50;
const SHIPPED = { warmUp: {}, holdback: 5 };

describe("a rollout in the shapes of real traffic", () => {
    let live: LiveRollout;
    const rows: string[] = [];
    const say = (row: string) => {
        rows.push(row);
        console.log(`      ${row}`);
    };

    before(async function () {
        this.timeout(300_000);
        live = await LiveRollout.start({
            namespace: "mesh-shapes",
            rate: RATE,
            minutes: 30,
            config: (config) => {
                quickAnalysis(config, SHIPPED);
                openAnswers(config);
            },
        });
    });

    after(async () => {
        await live?.stop();
        console.log(rows.join("\n"));
    });

    /** Waits for the canary's first answer since then, milliseconds since the epoch. */
    async function firstAnswer(since: number): Promise<void> {
        const isFirst = ({ at, version }: (typeof live.client.requests)[number]) =>
            at >= since && version === "v2";
        while (!live.client.requests.some(isFirst)) await live.requests(RATE);
    }

    async function rollout(parameters: string, status: number) {
        await redeploy(live, RATE, parameters, SHIPPED);
        const before = live.client.requests.length;
        const result = await new RunningDriver(live).end();
        const rejected = live.client.requests.slice(before).filter((one) => one.status === status);
        return { ...result, rejected: rejected.length };
    }

    for (const [parameters, status] of [
        ["status=404", 404],
        ["status=401:30", 401],
    ] as const) {
        it(`goes back from a canary with ${parameters}`, async () => {
            const result = await rollout(parameters, status);
            say(
                `${parameters}: ${result.outcome}, ${result.seconds?.toFixed(1)} s after the first answer of the canary, ${result.rejected} rejected: ${result.reason}`,
            );
            assert.equal(result.outcome, "rolledBack", result.stderr);
            assert.match(result.reason, /^client errors: /);
        });
    }

    it("bakes a healthy canary at 95 %, then takes it to 100 %", async () => {
        const result = await rollout("", 0);
        say(
            `healthy: ${result.outcome}, weights ${result.weights.join(", ")}, ${result.failed} failed`,
        );
        assert.equal(result.outcome, "promoted", result.stderr);
        assert.deepEqual(result.weights.slice(-3), [50, 95, 100]);
        assert.equal(result.failed, 0);
    });

    it("waits for a canary that is slow at first, as a JVM is", async function () {
        this.timeout(900_000);
        await redeploy(live, RATE, "delay=100ms", SHIPPED);
        await answerNow(live, "v1", "delay=20ms");
        const driver = new RunningDriver(live);
        await firstAnswer(driver.startedAt);
        // Five times as slow for 20 s, and as fast as the stable 45 s later.
        for (const delay of [100, 100, 90, 80, 70, 60, 50, 40, 30, 20]) {
            await answerNow(live, "v2", `delay=${delay}ms`);
            await sleep(delay === 100 ? 10_000 : 5_600);
        }
        const result = await driver.end();
        await answerNow(live, "v1", "");
        say(
            `slow at first: ${result.outcome}, weights ${result.weights.join(", ")}, ${result.failed} failed: ${result.reason}`,
        );
        assert.equal(result.outcome, "promoted", result.stderr);
    });

    it("does not blame the canary for a minute in which both versions fail during the bake", async function () {
        this.timeout(900_000);
        await redeploy(live, RATE, "", { ...SHIPPED, bake: "2m" });
        const driver = new RunningDriver(live);
        await driver.until(
            (record) => record.type === "phase" && record.step === "routed" && record.weight === 95,
        );
        for (const [parameters, ms] of [
            ["status=503:30", 60_000],
            ["", 0],
        ] as const) {
            await answerNow(live, "v1", parameters);
            await answerNow(live, "v2", parameters);
            await sleep(ms);
        }
        const result = await driver.end();
        say(
            `both fail 30 % for a minute at 95 %: ${result.outcome}, weights ${result.weights.join(", ")}, ${result.failed} failed: ${result.reason}`,
        );
        assert.equal(result.outcome, "promoted", result.stderr);
    });
});
