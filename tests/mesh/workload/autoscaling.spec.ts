// Autoscalers of somebody else on both Deployments, with the config of docs/workload/autoscaling.md, while requests flow.
import assert from "node:assert/strict";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { RunningDriver } from "../harness/driven";
import { LiveRollout } from "../harness/liveRollout";

const namespace = "mesh-autoscaling";

const autoscaler = (slot: string, minReplicas: number) => ({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: `own-${slot}`, namespace },
    spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: `web-${slot}` },
        minReplicas,
        maxReplicas: 5,
        metrics: [
            {
                type: "Pods",
                pods: {
                    metric: { name: "requests_per_second" },
                    target: { type: "AverageValue", averageValue: "50" },
                },
            },
        ],
    },
});

describe("an autoscaler of somebody else", () => {
    let cluster: Cluster;
    let live: LiveRollout;

    before(async () => {
        cluster = sandboxCluster();
        live = await LiveRollout.start({
            namespace,
            config: ({ versions }) => {
                Object.assign(versions.v1, { replicas: 2 });
                Object.assign(versions.v2, { replicas: 1 });
            },
        });
        await cluster.apply(autoscaler("v1", 3), autoscaler("v2", 2));
        await replicas("3 2");
    });

    after(() => live?.stop());

    /** Waits for the replicas of both Deployments. */
    async function replicas(wanted: string): Promise<void> {
        const path = "jsonpath={.items[*].spec.replicas}";
        const found = () => cluster.kubectl("get", "deployment", "-n", namespace, "-o", path);
        await eventually("replicas", 60, found, (text) => text === wanted);
    }

    it("is refused by the driver before a rollout, which names the key", async () => {
        const { exitCode, stderr, records } = await new RunningDriver(live).end();
        assert.notEqual(exitCode, 0);
        assert.deepEqual(records, []);
        assert.match(
            stderr.replace(/\s+/g, " "),
            /versions\.v1\.autoscaling: expected \{external: true\}, because HorizontalPodAutoscaler mesh-autoscaling\/own-v1 scales/,
        );
    });

    it("keeps its pods in the update that leaves them to it, and in the phases", async () => {
        const { versions } = docsConfig("workload/autoscaling.md") as {
            versions: Record<"v1" | "v2", { autoscaling: object }>;
        };
        await live.stack.edit((config) => {
            config.versions.v1.autoscaling = versions.v1.autoscaling;
            config.versions.v2.autoscaling = versions.v2.autoscaling;
        });
        await live.shift(10);
        await replicas("3 2");
        await live.shift(0);
        await replicas("3 2");
    });

    it("keeps its pods through a refresh and the promotion", async () => {
        await live.stack.edit((config) => {
            config.ladder = [100];
        });
        await live.shift(100);
        await live.stack.edit((config) => {
            Object.assign(config, { stable: "v2", canary: "v1", weight: 0 });
        });
        const { exitCode, output } = await live.stack.up(undefined, ["--refresh"]);
        assert.equal(exitCode, 0, output);
        await live.routed(100, "v2");
        await replicas("3 2");
        assert.deepEqual(live.failures(), []);
    });
});
