// What docs/traffic/resilience.md promises, by counting what arrives at the pods behind real sidecars.
import assert from "node:assert/strict";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, type StackConfig, withoutPreview } from "../../../dev/sandbox/demo/stack";
import { extraPod, unboundedRoute } from "../harness/byHand";
import { type Answer, countBy, Requester, versionOf } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { arrivals, type BySlot, sum } from "../harness/envoyStats";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-resilience";
const clients = "mesh-resilience-client";
const url = `http://web.${namespace}.svc.cluster.local/`;
const byHand = `http://by-hand.${namespace}.svc.cluster.local/`;

/** Of a pod, whatever its node says; pods without are of no zone. */
const ZONE = { "istio-locality": "here.a" };

interface Load {
    /** By version, or by who refused. */
    readonly answers: Record<string, number>;
    readonly arrived: BySlot;
    /** Requests that the weight gave to the canary. */
    readonly canarys: number;
}

describe("resilience", () => {
    let cluster: Cluster;
    let stack: Stack;
    let client: Requester;

    before(async () => {
        cluster = sandboxCluster();
        stack = new Stack(await sandboxTarget(false), { name: namespace, namespace });
        client = new Requester(cluster, clients, "client", { app: "client", ...ZONE });
        await cluster.createNamespace(clients);
        await Promise.all([deploy(), client.start()]);
        await cluster.apply(...unboundedRoute(namespace));
        await eventually(
            "the canary",
            30,
            () => load(byHand, 20),
            ({ canarys }) => canarys > 0,
        );
    });

    after(async () => {
        await cluster?.removeNamespace(clients);
        await stack?.discard();
    });

    async function deploy(): Promise<void> {
        await stack.init();
        await stack.edit((config) => {
            config.ladder = [50, 100];
            config.weight = 50;
            config.versions.v2.replicas = 3;
            const slow = (arg: string) => arg.replace("X-Version:v2", "X-Version:v2&delay=1s");
            config.versions.v2.args = config.versions.v2.args?.map(slow);
        });
        succeeded(await stack.up());
    }

    async function update(change: (config: StackConfig) => void): Promise<void> {
        await stack.edit(change);
        succeeded(await stack.up(undefined, withoutPreview));
    }

    const document = (heading: string) =>
        update((config) => Object.assign(config, docsConfig("traffic/resilience.md", { heading })));

    const send = (to: string, count: number): Promise<Answer[]> =>
        client.send(Array.from({ length: count }, () => ({ url: to })));

    /** What users sent and got, and what of it arrived at the pods of each slot, retries included. */
    async function load(to: string, count: number): Promise<Load> {
        const before = await arrivals(cluster, namespace);
        const answers = countBy(await send(to, count), outcome);
        const after = await arrivals(cluster, namespace);
        const arrived = { v1: after.v1 - before.v1, v2: after.v2 - before.v2 };
        // What the canary is too slow for ends as an error: all that the stable did not answer was the canary's.
        return { answers, arrived, canarys: count - (answers.v1 ?? 0) };
    }

    /** The pods that answer requests with these headers. */
    async function podsOf(headers: readonly Record<string, string>[]): Promise<string[]> {
        const requests = headers.map((one) => ({ url: `${url}debug`, headers: one }));
        const answers = await client.send(requests);
        return answers.map(({ body }) => / on (web-\S+)/.exec(body)?.[1] ?? body);
    }

    /** One more pod of the stable, which is there when this ends. */
    async function addPod(...[name, ...rest]: [string, string, Record<string, string>?]) {
        await cluster.apply(extraPod(namespace, name, ...rest));
        const ready = ["--for=condition=Ready", "--timeout=60s"];
        await cluster.kubectl("wait", "-n", namespace, `pod/${name}`, ...ready);
    }

    /** Pods of a slot that the client's sidecar leaves out. */
    const ejected = (slot: string): Promise<number> =>
        sum(
            cluster,
            clients,
            client.name,
            String.raw`^cluster\.outbound\|80\|${slot}\|web\..*outlier_detection\.ejections_active$`,
        );

    it("lets a slow canary multiply its load when a hand-written route retries without a budget", async () => {
        const { canarys, arrived } = await load(byHand, 200);
        assert.ok(canarys > 50, `${canarys} requests to the canary`);
        assert.equal(arrived.v2, 4 * canarys);
    });

    it("brings a slow canary each request once with the defaults", async () => {
        const { canarys, arrived, answers } = await load(url, 200);
        assert.ok(canarys > 50, `${canarys} requests to the canary`);
        assert.equal(arrived.v2, canarys);
        assert.equal(answers.v2, canarys, "slow answers arrive");
    });

    it("keeps retries of timeouts within the budget of docs/traffic/resilience.md", async () => {
        await document("Timeout and retries");
        const { canarys, arrived } = await eventually(
            "retries",
            30,
            () => load(url, 200),
            (found) => found.arrived.v2 > found.canarys,
        );
        assert.ok(arrived.v2 < 2 * canarys, `${arrived.v2} arrived for ${canarys}`);
    });

    it("leaves out more of the canary than of the stable where it is told to", async () => {
        await document("Outlier detection");
        await eventually(
            "the ejection of two of three pods",
            30,
            async () => {
                await load(url, 40);
                return [await ejected("v1"), await ejected("v2")];
            },
            ([stables, canarys]) => stables === 0 && canarys === 2,
        );
    });

    it("sends a user to one pod by the header of docs/traffic/resilience.md", async () => {
        await update((config) => {
            config.weight = 0;
            Object.assign(
                config,
                docsConfig("traffic/resilience.md", { heading: "Load balancing" }),
            );
        });
        const users = Array.from({ length: 12 }, (_, user) => ({ "X-User-ID": `user-${user}` }));
        const pods = await eventually("one pod per user", 30, podsPerUser, (all) =>
            all.every((one) => one.size === 1),
        );
        assert.ok(new Set(pods.flatMap((one) => [...one])).size > 1, "several pods in all");

        async function podsPerUser(): Promise<Set<string>[]> {
            const names = await podsOf(users.flatMap((user) => Array(6).fill(user)));
            return users.map((_, user) => new Set(names.slice(6 * user, 6 * user + 6)));
        }
    });

    it("answers at once what exceeds the limits, and none of it arrives", async () => {
        await update((config) => {
            delete config.loadBalancing;
            config.connectionPool = { maxConnections: 1, maxPendingRequests: 1 };
        });
        const { answers, arrived } = await eventually(
            "an overflow",
            30,
            () => load(`${url}?delay=100ms`, 60),
            (found) => found.answers.overloaded !== undefined,
        );
        assert.deepEqual(answers, { 200: arrived.v1, overloaded: 60 - arrived.v1 });
    });

    it("leaves out a pod of the stable that fails, and users' failures stop", async () => {
        await document("Connection limits");
        await addPod("web-failing", "status=503");
        await eventually(
            "the failing pod's ejection",
            30,
            async () => {
                await send(url, 20);
                return ejected("v1");
            },
            (count) => count === 1,
        );
        await eventually(
            "no failure",
            30,
            () => load(url, 40),
            ({ answers }) => answers.v1 === 40,
        );
        assert.deepEqual((await load(url, 200)).answers, { v1: 200 });
    });

    it("never leaves out the whole stable, even if all of it fails", async () => {
        const { answers } = await load(`${url}?status=503`, 100);
        assert.deepEqual(answers, { 503: 100 }, "pods answered, all of them");
        assert.equal(await ejected("v1"), 2, "half of 4 pods");
        assert.deepEqual((await load(url, 40)).answers, { v1: 40 });
    });

    it("sends requests to the pods of the client's zone, and to all where it is told to", async () => {
        const pods = async () => new Set(await podsOf(Array(40).fill({})));
        await cluster.kubectl("delete", "-n", namespace, "pod/web-failing");
        await addPod("web-near", "header=X-Version:v1", ZONE);
        await eventually(
            "the pod of the zone alone",
            30,
            async () => [...(await pods())].join(),
            (names) => names === "web-near",
        );
        await update((config) => {
            config.loadBalancing = { algorithm: "ROUND_ROBIN", locality: "any" };
        });
        await eventually(
            "pods of no zone, too",
            30,
            async () => (await pods()).size,
            (count) => count > 1,
        );
    });
});

/** The version that answered, or why none did: "overloaded", "nobody" is left, or the status. */
function outcome(answer: Answer): string {
    if (answer.headers["X-Envoy-Overloaded"] === "true") return "overloaded";
    return answer.body === "no healthy upstream" ? "nobody" : versionOf(answer);
}
