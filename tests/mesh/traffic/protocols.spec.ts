// gRPC, HTTP/2 and TCP with the config of docs/traffic/protocols.md, counted where calls and connections arrive.
import assert from "node:assert/strict";
import { execa } from "execa";
import { proportionInterval, z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, type StackConfig } from "../../../dev/sandbox/demo/stack";
import { Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { arrivals } from "../harness/envoyStats";
import { succeeded } from "../harness/succeeded";

const clients = "mesh-protocols-client";

/** A pod with Fortio, which speaks gRPC and HTTP/2 as k6 does not. */
const fortioPod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
        name: "fortio",
        namespace: clients,
        annotations: { "proxy.istio.io/config": "holdApplicationUntilProxyStarts: true" },
    },
    spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
            {
                name: "fortio",
                image: "sandbox/fortio:1.68.1",
                imagePullPolicy: "IfNotPresent",
                command: ["fortio", "server"],
            },
        ],
    },
};

describe("protocols", () => {
    let cluster: Cluster;
    let client: Requester;
    const stacks: Stack[] = [];

    before(async () => {
        cluster = sandboxCluster();
        client = new Requester(cluster, clients);
        await cluster.createNamespace(clients);
        await cluster.apply(fortioPod);
        await client.start();
        await cluster.kubectl(
            ...["wait", "-n", clients, "pod/fortio", "--for=condition=Ready", "--timeout=60s"],
        );
    });

    after(async () => {
        await cluster?.removeNamespace(clients);
        for (const stack of stacks) await stack.discard();
    });

    /** A rollout at weight 25 with the config under that heading of the page, and one pod per slot. */
    async function deploy(
        namespace: string,
        heading: string,
        change: (config: StackConfig) => void = () => {},
    ): Promise<Stack> {
        const stack = new Stack(await sandboxTarget(false), { name: namespace, namespace });
        stacks.push(stack);
        await stack.init();
        await stack.edit((config) => {
            Object.assign(config, docsConfig("traffic/protocols.md", { heading }));
            config.ladder = [25, 50, 100];
            config.weight = 25;
            config.versions.v1.replicas = 1;
            change(config);
        });
        succeeded(await stack.up());
        return stack;
    }

    const fortio = (...args: string[]): Promise<string> =>
        cluster.kubectl(
            ...["exec", "-n", clients, "fortio", "-c", "fortio", "--", "fortio"],
            ...args,
        );

    it("share gRPC calls by weight, and send those with a target's metadata to the canary", async () => {
        const namespace = "mesh-grpc";
        await deploy(namespace, "gRPC", ({ versions }) => {
            for (const version of Object.values(versions)) {
                version.args = ["server", "-grpc-port=8080", "-http-port=disabled"];
                version.probes = { readiness: { grpc: {}, periodSeconds: 1 } };
            }
        });

        await eventually(
            "calls of the canary",
            30,
            () => calls(40),
            ({ v2 }) => v2 > 0,
        );
        const weighted = await calls(400);
        assert.equal(weighted.v1 + weighted.v2, 400);
        holds(weighted.v2, 400, 25);
        assert.deepEqual(await calls(60, "-H", "x-user-id:tester-7"), { v1: 0, v2: 60 });

        /** Calls on 4 connections, which must all succeed, by where they arrive. */
        async function calls(count: number, ...flags: string[]) {
            const before = await arrivals(cluster, namespace);
            const report = await fortio(
                ...["load", "-grpc", "-ping", "-json", "-", "-n", String(count), "-c", "4"],
                ...["-qps", "0", ...flags, `web.${namespace}.svc.cluster.local:80`],
            );
            assert.deepEqual(JSON.parse(report).RetCodes, { SERVING: count });
            const after = await arrivals(cluster, namespace);
            return { v1: after.v1 - before.v1, v2: after.v2 - before.v2 };
        }
    });

    it("speak HTTP/2 to the application, whatever clients speak", async () => {
        const namespace = "mesh-http2";
        await deploy(namespace, "HTTP/2");
        const url = `http://web.${namespace}.svc.cluster.local/`;

        await eventually(
            "requests to the canary",
            30,
            () => client.versions({ url }, 50),
            ({ v2 = 0 }) => v2 > 0,
        );
        const shares = await client.versions({ url }, 400);
        holds(shares.v2 ?? 0, 400, 25);
        const [http1] = await client.send([{ url: `${url}debug` }]);
        assert.match(http1?.body ?? "", /^GET \/debug HTTP\/2\.0$/m);
        const http2 = await fortio("curl", "-h2", `${url}debug`);
        assert.match(http2, /^GET \/debug HTTP\/2\.0$/m);
    });

    describe("on several ports", () => {
        const namespace = "mesh-ports";
        const host = `web.${namespace}.svc.cluster.local`;
        let stack: Stack;

        /** Responses by version. Each request has a connection of its own. */
        const versions = (port: number, count: number) =>
            client.versions(
                { url: `http://${host}:${port}/`, headers: { Connection: "close" } },
                count,
            );

        async function grpcCalls(count: number) {
            const before = await arrivals(cluster, namespace);
            const report = await fortio(
                ...["load", "-grpc", "-ping", "-json", "-", "-n", String(count), "-c", "4"],
                ...["-qps", "0", `${host}:9000`],
            );
            assert.deepEqual(JSON.parse(report).RetCodes, { SERVING: count });
            const after = await arrivals(cluster, namespace);
            return { v1: after.v1 - before.v1, v2: after.v2 - before.v2 };
        }

        before(async () => {
            stack = await deploy(namespace, "Several ports", (config) => {
                for (const version of Object.values(config.versions)) {
                    const args = version.args?.filter((arg) => !arg.startsWith("-grpc-port"));
                    const proxies = [7001, 9101, 9102, 9103].flatMap((port) => [
                        "-P",
                        `${port} localhost:8080`,
                    ]);
                    version.args = [...(args ?? []), "-grpc-port=8079", ...proxies];
                    const ports = [
                        { name: "grpc", containerPort: 8079 },
                        { name: "feed", containerPort: 7001 },
                        { name: "admin", containerPort: 9101 },
                        { name: "more", containerPort: 9102 },
                        { name: "both", containerPort: 9103 },
                    ];
                    version.podTemplate = { spec: { containers: [{ name: "web", ports }] } };
                }
            });
        });

        it("have the same weight, except those that are not split", async () => {
            await eventually(
                "requests",
                30,
                () => versions(80, 40),
                ({ v2 = 0 }) => v2 > 0,
            );
            for (const port of [80, 7000]) {
                const shares = await versions(port, 400);
                assert.equal((shares.v1 ?? 0) + (shares.v2 ?? 0), 400, JSON.stringify(shares));
                holds(shares.v2 ?? 0, 400, 25);
            }
            const { v1, v2 } = await grpcCalls(400);
            assert.equal(v1 + v2, 400);
            holds(v2, 400, 25);
            assert.deepEqual(await versions(9100, 100), { v1: 100 });
            const [feed] = await client.send([{ url: `http://${host}:7000/` }]);
            assert.equal(feed?.headers["X-Envoy-Upstream-Service-Time"], undefined, "not HTTP");
        });

        it("may have targets and stable-only paths of their own", async () => {
            const headers = { "x-user-id": "tester-7" };
            const at = (port: number, path: string) =>
                client.versions({ url: `http://${host}:${port}${path}`, headers }, 40);
            const stableOnlyPaths = ["/debug"];
            const targets = [{ headers: { "x-user-id": { prefix: "tester-" } } }];
            await stack.edit((config) => {
                config.targets = targets;
                config.stableOnlyPaths = [];
                const ports = config.ports as object[];
                config.ports = [
                    ...ports,
                    { name: "more", port: 8081, targetPort: 9102, targets: [], stableOnlyPaths },
                    { name: "both", port: 8082, targetPort: 9103, stableOnlyPaths },
                ];
            });
            succeeded(await stack.up());
            await eventually(
                "the targets of port 80",
                30,
                () => at(80, "/debug"),
                ({ v2 }) => v2 === 40,
            );
            assert.deepEqual(await at(8081, "/debug"), { v1: 40 });
            const { v1 = 0, v2 = 0 } = await at(8081, "/");
            assert.ok(v1 > 0 && v1 + v2 === 40, `${v1} of v1, ${v2} of v2`);
            assert.deepEqual(await at(8082, "/debug"), { v1: 40 });
            assert.deepEqual(await at(8082, "/"), { v2: 40 });
        });

        it("go back together, and end the canary's open connections of TCP", async () => {
            // Not in the statistics that Istio keeps.
            const open = async () => {
                const clusters = await cluster.kubectl(
                    ...["exec", "-n", clients, "fortio", "-c", "istio-proxy", "--"],
                    ...["pilot-agent", "request", "GET", "clusters"],
                );
                const held = clusters.matchAll(/^outbound\|7000\|v2\|.*::cx_active::(\d+)$/gm);
                return [...held].reduce((all, [, count]) => all + Number(count), 0);
            };
            const load = ["load", "-quiet", "-c", "40", "-qps", "40", "-t", "150s"];
            const held = fortio(...load, `http://${host}:7000/`).catch(() => undefined);
            await eventually("open connections", 30, open, (count) => count > 0);

            await stack.set("weight", 0);
            succeeded(await stack.up());
            // Istio's drain time is 45 s.
            await eventually("no open connection", 60, open, (count) => count === 0);
            void held;
            for (const port of [80, 7000, 9100]) {
                await eventually(
                    `no canary on ${port}`,
                    30,
                    () => versions(port, 50),
                    ({ v1 }) => v1 === 50,
                );
            }
            const { v1, v2 } = await grpcCalls(100);
            assert.deepEqual({ v1, v2 }, { v1: 100, v2: 0 });
            const { output } = succeeded(await stack.up());
            assert.doesNotMatch(output, /to (create|update|delete|replace)/);
            assert.match(await cluster.analyze(namespace), /No validation issues found/);
        });
    });

    describe("of TCP", () => {
        const namespace = "mesh-tcp";
        const url = `http://web.${namespace}.svc.cluster.local/`;
        let stack: Stack;

        /** One connection each; that it bears HTTP is known to its two ends alone. */
        const connections = (count: number) =>
            client.versions({ url, headers: { Connection: "close" } }, count);

        before(async () => {
            stack = await deploy(namespace, "TCP");
        });

        it("share connections by weight", async () => {
            await eventually(
                "connections to the canary",
                30,
                () => connections(50),
                ({ v2 = 0 }) => v2 > 0,
            );
            const shares = await connections(400);
            assert.equal((shares.v1 ?? 0) + (shares.v2 ?? 0), 400, JSON.stringify(shares));
            holds(shares.v2 ?? 0, 400, 25);
            const [answer] = await client.send([{ url }]);
            assert.equal(answer?.headers["X-Envoy-Upstream-Service-Time"], undefined, "not HTTP");
        });

        it("lose no connection while the weight changes", async () => {
            const flags = ["-quiet", "-json", "-", "-keepalive=false", "-allow-initial-errors"];
            const load = fortio("load", ...flags, "-qps", "50", "-c", "8", "-t", "30s", url);
            for (const weight of [50, 10, 25]) {
                await stack.set("weight", weight);
                succeeded(await stack.up());
            }
            const { RetCodes } = JSON.parse(await load);
            assert.deepEqual(Object.keys(RetCodes), ["200"], JSON.stringify(RetCodes));
        });

        it("know the last weight, and refuse more than a step", async () => {
            await stack.set("weight", 100);
            const { exitCode, output } = await stack.preview();
            assert.notEqual(exitCode, 0);
            assert.match(output.replace(/\s+/g, " "), /expected at most 50 after 25/);
        });

        it("go back to the stable alone", async () => {
            await stack.set("weight", 0);
            succeeded(await stack.up());
            await eventually(
                "no canary",
                30,
                () => connections(50),
                ({ v1 }) => v1 === 50,
            );
            assert.deepEqual(await connections(200), { v1: 200 });
            const { output } = succeeded(await stack.up());
            assert.doesNotMatch(output, /to (create|update|delete|replace)/);
            const analyze = await execa("istioctl", ["analyze", "-n", namespace], {
                env: cluster.env,
                all: true,
                reject: false,
            });
            assert.match(analyze.all ?? "", /No validation issues found/);
        });
    });
});

/** The share that was asked for is not contradicted by what was counted, at the level of 99.99 %. */
function holds(toCanary: number, all: number, weight: number): void {
    const { low, high } = proportionInterval(toCanary, all, z9999);
    assert.ok(low <= weight / 100 && weight / 100 <= high, `${toCanary} of ${all} at ${weight} %`);
}
