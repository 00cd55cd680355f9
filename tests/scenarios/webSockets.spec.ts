// WebSockets held through 10, 50 and 0 %: on an HTTP port and on a port with protocol tcp.
import assert from "node:assert/strict";
import { sandboxTarget } from "../../dev/sandbox/demo/openTarget";
import { Stack } from "../../dev/sandbox/demo/stack";
import {
    importWebSocketImage,
    WebSocketClient,
    webSocketImage,
} from "../mesh/harness/callers/webSockets";
import { type Cluster, eventually, sandboxCluster } from "../mesh/harness/cluster";
import { succeeded } from "../mesh/harness/succeeded";

const namespace = "mesh-websockets";
const clients = `${namespace}-client`;
const [HTTP, TCP] = [80, 7000];
const HELD = 20;

describe("WebSockets", () => {
    let cluster: Cluster;
    let stack: Stack;
    let client: WebSocketClient;

    before(async () => {
        cluster = sandboxCluster();
        await importWebSocketImage();
        stack = new Stack(await sandboxTarget(false), { name: namespace, namespace });
        await stack.init();
        await stack.edit((config) => {
            config.ladder = [10, 50, 100];
            config.weight = 10;
            config.ports = [{ name: "socket", port: TCP, targetPort: 7001, protocol: "tcp" }];
            for (const [slot, version] of Object.entries(config.versions)) {
                const ports = [{ name: "socket", containerPort: 7001 }];
                Object.assign(version, {
                    image: webSocketImage,
                    replicas: 1,
                    command: ["node", "/websocket.js"],
                    args: ["serve", slot],
                    probes: { readiness: { tcpSocket: {}, periodSeconds: 1 } },
                    podTemplate: { spec: { containers: [{ name: "web", ports }] } },
                });
            }
        });
        succeeded(await stack.up());
        await cluster.createNamespace(clients);
        client = new WebSocketClient(cluster, clients, `web.${namespace}.svc.cluster.local`);
        await client.start();
    });

    after(async () => {
        client?.stop();
        await cluster?.removeNamespace(clients);
        await stack?.remove();
    });

    async function update(change: Parameters<Stack["edit"]>[0]): Promise<number> {
        await stack.edit(change);
        succeeded(await stack.up());
        return Date.now();
    }

    const until = (what: string, seconds: number, reached: () => boolean) =>
        eventually(what, seconds, async () => reached(), Boolean);

    /** Seconds from then until the last WebSocket to the canary on that port ended. */
    async function secondsOff(port: number, since: number, limit: number): Promise<number> {
        await until(`no canary on ${port}`, limit, () => client.count(port, "v2") === 0);
        const ends = client.closed.filter((one) => one.port === port && one.version === "v2");
        const last = Math.max(since, ...ends.map(({ at }) => at));
        return (last - since) / 1_000;
    }

    const report = (what: string, seconds: number) =>
        console.log(`      off the canary ${what}: ${seconds.toFixed(1)} s`);

    it("stay on a canary that was rolled back on an HTTP port, but not on a port of TCP", async () => {
        const all = (count: number) =>
            until(`${count} WebSockets`, 60, () =>
                [HTTP, TCP].every((port) => client.count(port) === count),
            );
        client.hold(HELD, [HTTP, TCP]);
        await all(HELD);
        await update((config) => Object.assign(config, { weight: 50 }));
        client.hold(HELD, [HTTP, TCP]);
        await all(2 * HELD);
        const held = client.count(HTTP, "v2");
        assert.ok(held > 0 && client.count(TCP, "v2") > 0, `${held}, ${client.count(TCP, "v2")}`);

        const since = await update((config) => Object.assign(config, { weight: 0 }));
        // Istio's drain time is 45 s.
        report("on a port of TCP", await secondsOff(TCP, since, 75));
        assert.equal(client.count(HTTP, "v2"), held, "on the HTTP port");
    });

    it("leave the canary with its pods", async () => {
        const since = await update(({ versions }) => {
            versions.v2.replicas = 0;
        });
        report("on an HTTP port, once its pods stop", await secondsOff(HTTP, since, 60));
        await until("all on the stable", 30, () => client.count(HTTP, "v1") === 2 * HELD);
    });

    it("leave it within maxConnectionDuration on a port of TCP", async () => {
        await update((config) => {
            config.versions.v2.replicas = 1;
            config.ladder = [50, 100];
            config.connectionPool = { maxConnectionDuration: "10s" };
            config.weight = 50;
        });
        await until("on the canary", 60, () => client.count(TCP, "v2") > 0);
        const since = await update((config) => Object.assign(config, { weight: 0 }));
        report("on a port of TCP, at most 10 s old", await secondsOff(TCP, since, 30));
    });
});
