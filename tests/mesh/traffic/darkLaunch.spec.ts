// A dark launch with the config of docs/traffic/dark-launch.md, of canaries that nobody would want to meet.
import assert from "node:assert/strict";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, type StackConfig } from "../../../dev/sandbox/demo/stack";
import { Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { sum } from "../harness/envoyStats";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-mirror";
const clients = "mesh-mirror-client";
const host = `web.${namespace}.svc.cluster.local`;
const url = `http://${host}/`;
/** Of a caller's sidecar, about the canary's copies. */
const COPIES = String.raw`^cluster\.outbound\|80\|mirror\|.*;\.upstream_rq_`;

/** The canary's answer to a request without query; a probe has one. */
function answers(config: StackConfig, params: string): void {
    const { v2 } = config.versions;
    v2.args = v2.args
        ?.filter((arg) => !arg.startsWith("-max-echo-delay"))
        .map((arg) => arg.replace(/(default-params)=.*/, `$1=${params}`));
    v2.args?.push("-max-echo-delay=1m");
}

describe("a dark launch", () => {
    let cluster: Cluster;
    let stack: Stack;
    let client: Requester;
    let sent = 0;

    before(async () => {
        cluster = sandboxCluster();
        stack = new Stack(await sandboxTarget(false), { name: namespace, namespace });
        client = new Requester(cluster, clients);
        await cluster.createNamespace(clients);
        await Promise.all([deploy(), client.start()]);
        await eventually("both versions' identities at the caller", 30, clusterOfV1, (dump) =>
            dump.includes(`/ns/${namespace}/sa/web-v2`),
        );
        assert.deepEqual(await gets(20), { v1: 20 });
    });

    after(async () => {
        await cluster?.removeNamespace(clients);
        await stack?.discard();
    });

    /** With a canary that does not get ready. */
    async function deploy(): Promise<void> {
        await stack.init();
        await stack.edit((config) => {
            const readiness = { httpGet: { path: "/?status=503" }, periodSeconds: 1 };
            Object.assign(config.versions.v2, { probes: { readiness }, readyTimeout: "10s" });
        });
        succeeded(await stack.up());
    }

    /** The first pods of a version bring its identity to both clusters, which Envoy replaces: it counts responses from 0 again. */
    function clusterOfV1(): Promise<string> {
        const query = `config_dump?resource=dynamic_active_clusters&name_regex=.*v1.*${host}.*`;
        return cluster.kubectl(
            ...["exec", "-n", clients, client.name, "-c", "istio-proxy", "--"],
            ...["pilot-agent", "request", "GET", query],
        );
    }

    async function gets(count: number): Promise<Record<string, number>> {
        sent += count;
        return client.versions({ url }, count);
    }

    const mirror = (percentage: number) =>
        stack.edit((config) => Object.assign(config, { mirror: { percentage } }));
    const copiesThat = (what: string) => sum(cluster, clients, client.name, `${COPIES}${what}$`);
    const copies = () => copiesThat("total");

    it("does not begin before the canary is ready: the update fails, nothing is copied", async () => {
        await stack.edit((config) => Object.assign(config, docsConfig("traffic/dark-launch.md")));
        const { exitCode, output } = await stack.up();
        assert.notEqual(exitCode, 0);
        assert.match(output, /web-v2/);
        assert.deepEqual(await gets(100), { v1: 100 });
        assert.equal(await copies(), 0);
    });

    it("copies the percentage, and no user meets the canary's failures", async () => {
        await stack.edit((config) => {
            const readiness = { httpGet: { path: "/?status=200" }, periodSeconds: 1 };
            Object.assign(config.versions.v2, { probes: { readiness }, readyTimeout: "1m" });
            answers(config, "status=500");
        });
        succeeded(await stack.up());
        await eventually("a first copy", 30, async () => (await gets(20)) && copies(), Boolean);
        const before = await copies();
        assert.deepEqual(await gets(1000), { v1: 1000 });
        const made = (await copies()) - before;
        // 20 % within 4 standard deviations.
        assert.ok(made >= 150 && made <= 250, `${made} copies of 1000`);
        await eventually(
            "the canary's failure of every copy",
            10,
            async () => (await copies()) - (await copiesThat("500")),
            (others) => others === 0,
        );
    });

    it("copies no request that may change something, and none of a stable-only path", async () => {
        await mirror(100);
        succeeded(await stack.up());
        await eventually(
            "a copy of each request",
            30,
            async () => {
                const before = await copies();
                await gets(20);
                return (await copies()) - before;
            },
            (made) => made === 20,
        );
        const before = await copies();
        for (const request of [
            { url, method: "POST", body: "order=1" },
            { url, method: "DELETE" },
            { url: `${url}admin` },
        ]) {
            sent += 20;
            assert.deepEqual(await client.versions(request, 20), { v1: 20 });
        }
        assert.equal(await copies(), before);
    });

    it("keeps its counts apart: callers' for the canary have no copy, the canary's own have all", async () => {
        const total = await copies();
        const by = "sum by (destination_version) (istio_requests_total";
        const shown = async (query: string) => {
            const series = await cluster.query(query);
            return Object.fromEntries(
                series.map(({ metric, value }) => [metric.destination_version, value]),
            );
        };
        const source = await eventually(
            "all requests in Prometheus",
            30,
            () => shown(`${by}{reporter="source",destination_service="${host}"})`),
            (found) => found.v1 === sent && found.mirror === total,
        );
        assert.deepEqual(source, { v1: sent, mirror: total });
        const own = `reporter="destination",destination_workload_namespace="${namespace}"`;
        const destination = await eventually(
            "all copies in Prometheus",
            30,
            () => shown(`${by}{${own},response_code="500"})`),
            (found) => found.v2 === total,
        );
        assert.deepEqual(destination, { v2: total });
    });

    it("leaves nothing for istioctl analyze to find, and changes nothing when nothing changed", async () => {
        assert.match(await cluster.analyze(namespace), /No validation issues found/);
        const { output } = succeeded(await stack.up());
        assert.doesNotMatch(output, /to (create|update|delete|replace)/);
    });

    it("lets no user wait for a canary that does not answer", async () => {
        await stack.edit((config) => {
            config.timeout = "2s";
            answers(config, "delay=30s");
        });
        succeeded(await stack.up());
        // Whoever waited for the canary would get 504 after 2 s.
        await eventually(
            "a copy that timed out",
            60,
            async () => {
                assert.deepEqual(await gets(20), { v1: 20 });
                return copiesThat("timeout");
            },
            Boolean,
        );
        assert.deepEqual(await gets(200), { v1: 200 });
    });

    it("is refused at a weight above 0, and ends with the update that takes it away", async () => {
        await stack.set("weight", 10);
        const { exitCode, output } = await stack.preview();
        assert.notEqual(exitCode, 0);
        assert.match(
            output.replace(/\s+/g, " "),
            /mirror\.percentage: expected 0, because weight is 10, got 100/,
        );
        await stack.set("weight", 0);
        await mirror(0);
        succeeded(await stack.up());
        await eventually(
            "no more copies",
            30,
            async () => {
                const before = await copies();
                await gets(20);
                return (await copies()) - before;
            },
            (made) => made === 0,
        );
    });
});
