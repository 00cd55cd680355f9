// Shapes of real traffic on the mesh, with the shipped warm-up and holdback; bench:shapes simulates more of them.
import assert from "node:assert/strict";
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
            config: (config) => quickAnalysis(config, SHIPPED),
        });
    });

    after(async () => {
        await live?.stop();
        console.log(rows.join("\n"));
    });

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
});
