// Mode replicas with the config of docs/workload/without-istio.md: a client without sidecar, a Service, and pods; then Istio.
import assert from "node:assert/strict";
import { proportionInterval, z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { withoutPreview } from "../../../dev/sandbox/demo/stack";
import { countBy, Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { LiveRollout } from "../harness/liveRollout";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-plain";
const meshed = "mesh-plain-sidecar";
const BROKEN = ["-no-such-flag"];

describe("a rollout without Istio", () => {
    let cluster: Cluster;
    let live: LiveRollout;

    before(async () => {
        cluster = sandboxCluster();
        live = await LiveRollout.start({
            namespace,
            plain: true,
            config: (config) => {
                Object.assign(config, docsConfig("workload/without-istio.md"));
                for (const version of Object.values(config.versions)) {
                    delete version.replicas;
                }
            },
        });
    });

    after(async () => {
        await live?.stop();
        await cluster?.removeNamespace(meshed);
    });

    /** Waits for so many ready pods of v1 and v2, and for a second of requests that find them. */
    async function readyPods(v1: number, v2: number): Promise<void> {
        const column = "{.metadata.name}={.status.readyReplicas} ";
        const format = `jsonpath={range .items[*]}${column}{end}`;
        await eventually(
            `${v1} ready pods of v1 and ${v2} of v2`,
            20,
            () => cluster.kubectl("get", "deployments", "-n", namespace, "-o", format),
            (found) => found === `web-v1=${v1 || ""} web-v2=${v2 || ""} `,
        );
        await live.requests(50);
    }

    async function weight(value: number): Promise<void> {
        await live.stack.set("weight", value);
        await live.up();
    }

    /** The next `count` requests by the version that answered. */
    async function versions(count: number): Promise<Record<string, number>> {
        const from = live.client.requests.length;
        await live.requests(count);
        return countBy(live.client.requests.slice(from), ({ version }) => version);
    }

    function assertShare(counts: Record<string, number>, share: number): void {
        const { v1 = 0, v2 = 0 } = counts;
        console.log(`      ${v2} of ${v1 + v2} to the canary`);
        const { low, high } = proportionInterval(v2, v1 + v2, z9999);
        assert.ok(low <= share && share <= high, `${share} is not in ${low}–${high}`);
    }

    function assertNoFailure(): void {
        assert.deepEqual(live.failures(), []);
    }

    it("asks for no sidecar and nothing of Istio's", async () => {
        const names = "jsonpath={.items[*].spec['containers','initContainers'][*].name}";
        const containers = await cluster.kubectl("get", "pods", "-n", namespace, "-o", names);
        assert.deepEqual([...new Set(containers.split(" "))], ["web"]);
        const kinds = "virtualservices,destinationrules,peerauthentications";
        assert.equal(await cluster.kubectl("get", kinds, "-n", namespace, "-o", "name"), "");
        assert.deepEqual(Object.keys(await versions(100)), ["v1"]);
    });

    it("says in preview that 1 % needs 100 pods, and that a third is the nearest", async () => {
        await live.stack.set("weight", 1);
        const { exitCode, output } = await live.stack.preview();
        assert.equal(exitCode, 0, output);
        assert.match(
            output.replace(/\s+/g, " "),
            /weight 1 is 1 of 3 pods: 33\.3 % of the connections go to the canary\. 1 % needs 100 pods/,
        );
    });

    it("still takes one step of the ladder at a time", async () => {
        await live.stack.set("weight", 67);
        assert.match(await live.refused(), /expected at most 33 after 0 \(ladder .*\), got 67/);
    });

    it("gives a third of the connections to 1 pod of 3", async () => {
        await weight(33);
        await readyPods(2, 1);
        assertShare(await versions(600), 1 / 3);
        assertNoFailure();
    });

    it("goes up, all the way and back without a failed request", async () => {
        await weight(67);
        await readyPods(1, 2);
        assertShare(await versions(300), 2 / 3);
        await weight(100);
        await readyPods(0, 3);
        await weight(0);
        await readyPods(3, 0);
        assert.deepEqual(Object.keys(await versions(100)), ["v1"]);
        assertNoFailure();
    });

    it("keeps a canary that does not get ready from all connections, and goes back without it", async () => {
        await live.stack.edit(({ versions: { v2 } }) => {
            v2.args?.push(...BROKEN);
            v2.readyTimeout = "3s";
        });
        await live.up();
        await live.stack.set("weight", 33);
        const { exitCode, output } = await live.stack.up();
        assert.notEqual(exitCode, 0, output);
        await readyPods(3, 0);
        await live.stack.set("weight", 67);
        assert.match(await live.refused(), /expected at most 33 after 0 \(ladder .*\), got 67/);
        await live.stack.set("weight", 0);
        succeeded(await live.stack.up(undefined, withoutPreview));
        assert.equal(await wantedPods("web-v2"), "0");
        await live.stack.edit(({ versions: { v2 } }) => {
            v2.args?.splice(-BROKEN.length);
            v2.readyTimeout = "2m";
        });
        assert.deepEqual(Object.keys(await versions(100)), ["v1"]);
        assertNoFailure();
    });

    it("becomes a rollout with Istio by a config edit, at a weight, with nothing replaced and no failed request", async () => {
        await weight(33);
        const uids = () =>
            cluster.kubectl(
                ...["get", "service,deployment", "-n", namespace],
                ...["-o", "jsonpath={.items[*].metadata.uid}"],
            );
        const before = await uids();
        await live.stack.edit((config) => {
            delete config.mode;
            delete config.totalReplicas;
            config.versions.v1.replicas = 2;
            config.versions.v2.replicas = 1;
            config.ladder = [1, 99, 100];
        });
        const { output } = await live.up();
        assert.doesNotMatch(output, /replaced|deleted/);
        assert.equal(await uids(), before);
        assertNoFailure();
    });

    it("then gives 1 % and 99 % to one pod of three, by clients with sidecars", async () => {
        const client = new Requester(cluster, meshed);
        await cluster.createNamespace(meshed);
        await client.start();
        const url = `http://web.${namespace}.svc.cluster.local/`;
        /** 2000 requests at a weight, from when the client's sidecar has it. */
        const versionsAt = async (value: number) => {
            await weight(value);
            await eventually(
                `weight ${value} at the client`,
                30,
                () => client.versions({ url }, 100),
                ({ v2 = 0 }) => Math.abs(v2 - value) <= 8,
            );
            return client.versions({ url }, 2_000);
        };
        assertShare(await versionsAt(1), 0.01);
        assertShare(await versionsAt(99), 0.99);
        assertNoFailure();
    });

    async function wantedPods(deployment: string): Promise<string> {
        const name = `deployment/${deployment}`;
        return cluster.kubectl("get", name, "-n", namespace, "-o", "jsonpath={.spec.replicas}");
    }
});
