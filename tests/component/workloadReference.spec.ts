// Versions whose Deployments somebody else manages.
import assert from "node:assert/strict";
import { CanaryRollout } from "../../components";
import { named, type Registered, registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs, validManifests } from "../fixtures/rollout/rollout";

const VERSIONS = {
    v1: { workloadRef: { name: "shop-web-1" } },
    v2: { workloadRef: { name: "shop-web-2" } },
};
const service = { targetPort: 8080 };
const READ = "web-v2-workload";
const VIRTUAL_SERVICE = "web-traffic-virtual-service";

const deployment = (slot: string, ready: number) => ({
    metadata: { generation: 1 },
    spec: {
        replicas: 2,
        template: { metadata: { labels: { app: "web", version: slot } }, spec: {} },
    },
    status: { observedGeneration: 1, readyReplicas: ready, updatedReplicas: 2 },
});

describe("CanaryRollout with workloads of somebody else", () => {
    /** What an update from one weight to another registers, if this many of the workloads' 2 pods are ready. */
    async function update(from: number | undefined, weight: number, ready = 2) {
        const versions = VERSIONS;
        const state = () => {
            if (from === undefined) return {};
            const outputs = validManifests({ versions, service, weight: from }).virtualService;
            const type = "kubernetes:networking.istio.io/v1:VirtualService";
            return { "urn:route": { type, outputs } };
        };
        const live = (name: string) =>
            name.endsWith("-workload") ? deployment(name.slice(4, 6), ready) : undefined;
        return registeredBy(
            () => void new CanaryRollout("web", validArgs({ versions, service, weight })),
            { state, live },
        );
    }

    const reads = (registered: Map<string, Registered>) =>
        [...registered.keys()].filter((name) => name.endsWith("-workload"));

    it("registers neither pods nor ServiceAccounts", async () => {
        const types = [...(await update(0, 0)).values()].map(({ type }) => type.split(":").at(-1));
        const expected = ["CanaryRollout", "DestinationRule", "Service", "TrafficSplit"];
        assert.deepEqual(types.sort(), [...expected, "VirtualService"]);
    });

    it("reads the canary's Deployment before the weight rises, and routes after it", async () => {
        const registered = await update(10, 25);
        assert.deepEqual(reads(registered), [READ]);
        assert.ok(named(registered, VIRTUAL_SERVICE).dependsOn.includes(READ));
    });

    for (const [from, to] of [
        [25, 25],
        [50, 10],
        [50, 0],
    ] as const) {
        it(`reads nothing from ${from} to ${to}, so that no workload can delay it`, async () => {
            assert.deepEqual(reads(await update(from, to, 0)), []);
        });
    }

    it("reads the stable's before the first route", async () => {
        assert.deepEqual(reads(await update(undefined, 0)), ["web-v1-workload"]);
    });

    it("does not write the route if pods are not ready", async () => {
        const registered = await update(10, 25, 1);
        assert.deepEqual(reads(registered), [READ]);
        assert.equal(registered.has(VIRTUAL_SERVICE), false);
    });

    it("tells the driver whose pods they are", async () => {
        const { outputs } = named(await update(0, 0), "web");
        const { images, workloads } = outputs.target as Record<string, unknown>;
        const of = (slot: string) => ({
            kind: "Deployment",
            name: `shop-web-${slot.at(-1)}`,
            labels: { app: "web", version: slot },
        });
        assert.deepEqual(
            { images, workloads },
            { images: {}, workloads: { v1: of("v1"), v2: of("v2") } },
        );
    });
});
