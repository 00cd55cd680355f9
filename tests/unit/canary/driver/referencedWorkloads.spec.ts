// Versions whose pods somebody else manages: their names in metrics, and what the driver checks and waits for.
import assert from "node:assert/strict";
import { requestRateByVersion, selectionOf } from "../../../../canary/analysis/counts/queries";
import { kubernetesMesh } from "../../../../canary/driver/kubernetes/mesh";
import { NotReady, preflight } from "../../../../canary/driver/loop/preflight";
import { fill } from "../../../../canary/driver/metricSources/placeholders";
import { rawCounters } from "../../../../canary/driver/prometheus/rawCounters";
import { seriesOf } from "../../../../canary/driver/prometheus/values";
import { sentCounters } from "../../../../canary/driver/proxies/proxyStats";
import { fakeWorld } from "../../../fixtures/driver/fakeWorld";

const of = (name: string, version: string) => ({
    kind: "Deployment",
    name,
    labels: { app: "web", version },
});
const workloads = { v1: of("web-blue", "1.4.0"), v2: of("web-green", "1.5.0") };
const rollout = { app: "web", namespace: "shop", port: 80, workloads };
const host = "web.shop.svc.cluster.local";

describe("metrics of workloads that somebody else manages", () => {
    it("are attributed to slots by the pods' label, and by the subset's name", () => {
        const series = (version: string) => ({
            metric: { destination_version: version, response_code: "200", pod: version },
            values: [[1, "7"]] as [number, string][],
        });
        const result = ["1.4.0", "1.5.0", "v2", "1.6.0"].map(series);
        const found = seriesOf({ ok: true, data: { resultType: "matrix", result } }, workloads);
        assert.deepEqual(
            found.map(({ labels }) => labels.destination_version),
            ["v1", "v2", "v2", "1.6.0"],
        );
    });

    it("are attributed in the proxies' own counters too", () => {
        const counter = (labels: string) =>
            `istio_requests_total{reporter="source",destination_service="${host}",${labels},response_code="503"} 3\n`;
        const found = sentCounters(counter('destination_version="1.5.0"'), rollout);
        assert.deepEqual(
            found.map(({ version, value }) => [version, value]),
            [["v2", 3]],
        );
    });

    it("are asked for by the label and the workload's name", () => {
        assert.match(
            requestRateByVersion(selectionOf(rollout), "1m"),
            /destination_version=~"v1\|1\[\.\]4\[\.\]0\|v2\|1\[\.\]5\[\.\]0"/,
        );
        assert.match(
            rawCounters(rollout, []).received,
            /destination_workload=~"web-blue\|web-green"/,
        );
        assert.equal(fill("{{version}}", { ...rollout, version: "v2" }), "1.5.0");
    });
});

describe("the driver with workloads that somebody else manages", () => {
    const short = {
        path: "versions.v2.workloadRef",
        reason: "expected ready pods, got 1 of 2 ready.",
        passes: true,
    };

    it("reads them from the cluster, with their image", async () => {
        const live = {
            kind: "Deployment",
            metadata: { generation: 1 },
            spec: {
                replicas: 2,
                template: {
                    metadata: { labels: workloads.v2.labels },
                    spec: { containers: [{ image: "web:1.5.0" }] },
                },
            },
            status: { observedGeneration: 1, readyReplicas: 1, updatedReplicas: 2 },
        };
        const read: string[] = [];
        const mesh = kubernetesMesh(
            {
                read: async ({ plural }, namespace, name) => {
                    read.push(`${plural} ${namespace}/${name}`);
                    return live;
                },
                create: async () => undefined,
                patch: async () => undefined,
                hasKind: async () => true,
                list: async () => [],
                listCore: async () => [
                    { metadata: { name: "web" }, spec: { selector: { app: "web" } } },
                ],
            },
            { ...rollout, workloads: { v2: workloads.v2 } },
        );
        const found = await mesh.referenced?.("v2");
        assert.equal(found?.image, "web:1.5.0");
        assert.match(found?.problems[0]?.reason ?? "", /got 1 of 2 ready/);
        assert.deepEqual(await mesh.pods("v2"), { ready: 1, wanted: 2 });
        assert.equal(await mesh.referenced?.("v1"), undefined);
        assert.deepEqual([...new Set(read)], ["deployments shop/web-green"]);
    });

    it("does not begin without them, and names every problem", async () => {
        const { ports } = fakeWorld();
        const referenced = async () => ({ problems: [short] });
        const mesh = { ...ports.mesh, referenced };
        await assert.rejects(
            preflight({ ...ports, mesh }, { stack: "shop", toolVersion: "0" }),
            (error) =>
                error instanceof NotReady &&
                /^versions\.v2\.workloadRef: expected ready pods/.test(error.reasons.join()),
        );
    });

    it("records the images that they have", async () => {
        const { ports } = fakeWorld();
        const referenced = async (slot: string) => ({ problems: [], image: `web:${slot}` });
        const mesh = { ...ports.mesh, referenced };
        const { started } = await preflight({ ...ports, mesh }, { stack: "s", toolVersion: "0" });
        assert.deepEqual(started.images, { v1: "web:v1", v2: "web:v2" });
    });
});
