// A rollout by HTTPRoute, with the config of docs/traffic/gateway-api.md, under 100 requests a second.
import assert from "node:assert/strict";
import { z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { holdsWeight } from "../../../dev/sandbox/demo/demoTable";
import { phaseFigures } from "../../../dev/sandbox/demo/requests";
import { withoutPreview } from "../../../dev/sandbox/demo/stack";
import { docsConfig } from "../harness/docs/docsConfig";
import { answering, quickAnalysis, RunningDriver } from "../harness/driven";
import { LiveRollout } from "../harness/liveRollout";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-gateway-api";

describe("a rollout with routing gateway-api", function () {
    this.timeout(400_000);
    let live: LiveRollout;

    before(async () => {
        live = await LiveRollout.start({
            namespace,
            rate: 100,
            config: (config) => {
                Object.assign(
                    config,
                    docsConfig("traffic/gateway-api.md", { heading: "Gateway API" }),
                );
                quickAnalysis(config, { probe: false, latency: { enabled: false } });
            },
        });
    });

    after(() => live?.stop());

    async function update(): Promise<string> {
        return succeeded(await live.stack.up(undefined, withoutPreview)).output;
    }

    it("has the share of each weight, from 10 to 50 to 0 to 100, without one failed request", async () => {
        for (const weight of [10, 50, 0, 100, 25]) {
            await live.stack.set("weight", weight);
            await update();
            const route = await live.routed(weight, "v2");
            await live.requests(300);
            const figures = phaseFigures(live.client.requests, route.settled, Date.now(), "v2", []);
            const share = `${weight} %: ${figures.toCanary} of ${figures.requests}`;
            assert.ok(holdsWeight({ ...figures, weight }, z9999), share);
        }
        assert.deepEqual(live.failures(), []);
    });

    it("goes to a VirtualService and back without one failed request", async () => {
        // The second update deletes the backends, which the first one keeps.
        for (const routing of ["istio", "istio", "gateway-api"]) {
            await live.stack.set("routing", routing);
            await update();
            await live.routed(25, "v2");
            await live.requests(200);
        }
        assert.deepEqual(live.failures(), []);
    });

    it("rolls back a canary that fails: the HTTPRoute first, and Pulumi agrees", async () => {
        await live.stack.edit((config) => {
            config.weight = 0;
            answering(config.versions.v2, "status=503:100");
        });
        await update();
        await live.available();
        const result = await new RunningDriver(live).end();
        assert.equal(result.outcome, "rolledBack", result.stderr);
        const written = result.records.find(
            (one) => one.type === "rollback" && one.step === "written",
        );
        assert.match(written?.type === "rollback" ? written.reason : "", /^patched /);
        assert.equal(result.failedAfter, 0);
        const { seconds, failed, requests } = result;
        console.log(`      ${seconds?.toFixed(1)} s, ${failed} of ${requests} failed`);
        assert.doesNotMatch(await update(), /\d+ (created|updated|deleted|replaced)/);
    });
});
