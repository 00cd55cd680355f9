// Two Deployments of somebody else, with the config of docs/workload/existing-workloads.md, while requests flow.
import assert from "node:assert/strict";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { quickAnalysis, RunningDriver } from "../harness/driven";
import { LiveRollout } from "../harness/liveRollout";

const namespace = "mesh-workload-ref";

interface WorkloadRef {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
}

const { app, service, versions } = docsConfig("workload/existing-workloads.md") as {
    app: string;
    service: object;
    versions: Record<"v1" | "v2", { workloadRef: WorkloadRef }>;
};

/** What Helm or another team would have made. @param parameters of Fortio's default response. */
function deployment(slot: "v1" | "v2", replicas: number, parameters = "") {
    const { name, labels } = versions[slot].workloadRef;
    const answer = `header=X-Version:${slot}${parameters}`;
    const server = ["server", "-http-port=8080", "-grpc-port=disabled", "-tcp-port=disabled"];
    const none = ["-udp-port=disabled", "-redirect-port=disabled", "-ui-path=", "-loglevel=error"];
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace },
        spec: {
            replicas,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    containers: [
                        {
                            name: "server",
                            image: "sandbox/fortio:1.68.1",
                            args: [...server, ...none, `-echo-server-default-params=${answer}`],
                            readinessProbe: {
                                httpGet: { path: "/?status=200", port: 8080 },
                                periodSeconds: 1,
                            },
                            // As the rollout's own pods, so that no request fails while a pod stops.
                            lifecycle: { preStop: { sleep: { seconds: 5 } } },
                        },
                    ],
                },
            },
        },
    };
}

describe("workloads that somebody else manages", () => {
    let cluster: Cluster;
    let live: LiveRollout;

    before(async () => {
        cluster = sandboxCluster();
        await cluster.createNamespace(namespace);
        await cluster.apply(deployment("v1", 2), deployment("v2", 0));
        await cluster.available(namespace);
        live = await LiveRollout.start({
            namespace,
            config: (config) => {
                Object.assign(config, { app, service, versions, createNamespace: false });
                quickAnalysis(config);
            },
        });
    });

    after(async () => {
        await live?.stop();
        await cluster?.removeNamespace(namespace);
    });

    const uids = () =>
        cluster.kubectl("get", "deployment", "-n", namespace, "-o=jsonpath={..metadata.uid}");

    it("get no requests before their pods are ready, and are not touched", async () => {
        const before = await uids();
        await live.stack.set("weight", 10);
        assert.match(
            await live.refused(),
            /versions\.v2\.workloadRef: expected ready pods in Deployment mesh-workload-ref\/web-green before they get requests, got 0 replicas/,
        );
        await cluster.apply(deployment("v2", 1));
        await cluster.kubectl("rollout", "status", "deployment/web-green", "-n", namespace);
        await live.shift(10);
        await eventually(
            "requests to the canary",
            30,
            async () => live.client.requests.some(({ version }) => version === "v2"),
            (found) => found,
        );
        assert.equal(await uids(), before);
        assert.deepEqual(live.failures(), []);
    });

    it("do not delay a rollback, even if they are gone", async () => {
        await cluster.kubectl("delete", "deployment/web-green", "-n", namespace);
        await live.shift(0);
    });

    it("are counted by the driver, which rolls back a broken one and names its image", async () => {
        await cluster.apply(deployment("v2", 1, "&status=503"));
        await cluster.kubectl("rollout", "status", "deployment/web-green", "-n", namespace);
        const { outcome, records, reason } = await new RunningDriver(live).end();
        assert.equal(outcome, "rolledBack", reason);
        const started = records.find((one) => one.type === "started");
        assert.equal(started?.type, "started");
        const image = "sandbox/fortio:1.68.1";
        if (started?.type === "started") assert.deepEqual(started.images, { v1: image, v2: image });
    });
});
