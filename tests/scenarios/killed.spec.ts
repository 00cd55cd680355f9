// `kill -9` of the driver at any moment of a rollout, then `istio-canary run --resume`: it ends as it would have.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { replay } from "../../canary/analysis/record/reduce";
import type { StackConfig } from "../../dev/sandbox/demo/stack";
import { answering, quickAnalysis, RunningDriver } from "../mesh/harness/driven";
import { LiveRollout } from "../mesh/harness/liveRollout";

const KILLS = 20;
/** Seconds after the start; a rollout of these settings takes about as long. */
const LONGEST = 30;

describe("a driver that is killed", () => {
    let live: LiveRollout;
    const rows: string[] = [];

    before(async function () {
        this.timeout(300_000);
        live = await LiveRollout.start({
            namespace: "mesh-killed",
            rate: 100,
            minutes: 45,
            config: (config) => {
                quickAnalysis(config, {
                    ...{
                        minDwell: "5s",
                        bake: "5s",
                        holdback: 0,
                        warmUp: { latency: "5s" },
                        minRequests: 20,
                        probe: false,
                        blast: 0.05,
                    },
                    latency: { enabled: false },
                });
                config.ladder = [20, 100];
            },
        });
    });

    after(async () => {
        await live?.stop();
        console.log(rows.join("\n"));
    });

    async function fresh(failing: boolean): Promise<void> {
        await live.stack.edit((config: StackConfig) => {
            config.weight = 0;
            answering(config.versions.v2, failing ? "status=503:30" : "");
        });
        await live.stack.up(undefined, ["--skip-preview"]);
        await live.available();
    }

    for (let kill = 0; kill < KILLS; kill++) {
        const failing = kill % 2 === 1;
        // Spread over a rollout, not by chance alone: the same moments each time.
        const after = ((kill * 7) % KILLS) * (LONGEST / KILLS) + 1;
        it(`goes on after ${after} s, with a canary that ${failing ? "fails" : "is healthy"}`, async () => {
            await fresh(failing);
            const driver = new RunningDriver(live);
            await Promise.race([driver.child, sleep(1_000 * after)]);
            driver.child.kill("SIGKILL");
            await driver.child;
            const before = driver.records.at(-1);
            const over = before?.type === "ended";
            const flags = before === undefined ? [] : ["--resume"];
            const next = over ? driver : new RunningDriver(live, flags);
            const result = await next.end();
            const text = `killed after ${after} s at ${before?.type ?? "nothing"}: ${result.outcome}: ${result.reason}`;
            rows.push(text);
            assert.equal(result.outcome, failing ? "rolledBack" : "promoted", result.stderr + text);
            const wanted = failing ? 0 : 100;
            const route = await live.routed(wanted, "v2");
            assert.equal(route.weights.v2 ?? 0, wanted);
            const records = over ? driver.records : [...driver.records, ...next.records];
            const steps = records.filter((r) => r.type === "phase" && r.step === "updated");
            const weights = steps.map((r) => (r.type === "phase" ? r.weight : 0));
            assert.deepEqual(weights, [...new Set(weights)], "no weight is taken twice");
            if (records[0]?.type === "started") assert.deepEqual(replay(records).differences, []);
            if (!failing) assert.equal(result.failed, 0);
        });
    }
});
