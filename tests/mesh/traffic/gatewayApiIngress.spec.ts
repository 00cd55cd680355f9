// A rollout by HTTPRoute at the Gateway of docs/traffic/gateway-api.md, with 100 requests a second from outside.
import assert from "node:assert/strict";
import { proportionInterval, z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { clientRoute } from "../../../dev/sandbox/demo/clientRoute";
import { withoutPreview } from "../../../dev/sandbox/demo/stack";
import { fortioServer } from "../harness/callers/caller";
import { Outside, type OutsideAnswer, selfSigned, tlsSecret } from "../harness/callers/outside";
import { countBy } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig, docsObjects } from "../harness/docs/docsConfig";
import { answering, quickAnalysis, RunningDriver } from "../harness/driven";
import { LiveRollout } from "../harness/liveRollout";
import { succeeded } from "../harness/succeeded";

const PAGE = "traffic/gateway-api.md";
const heading = "Callers outside the mesh";
const namespace = "mesh-api-gateway";
const ingress = "istio-system";
const host = "shop.example.com";
const RATE = 100;

describe("a rollout at a Gateway of the Gateway API", function () {
    this.timeout(400_000);
    let cluster: Cluster;
    let live: LiveRollout;
    let outside: Outside;

    before(async () => {
        cluster = sandboxCluster();
        const certificate = selfSigned(host);
        await cluster.apply(
            tlsSecret("shop-example-com", ingress, certificate),
            ...docsObjects(PAGE, { heading }),
        );
        await cluster.createNamespace(namespace);
        await cluster.apply(...earlierApp());
        await cluster.available(namespace);
        outside = new Outside(cluster, host, certificate.cert);
        await eventually("an answer", 60, () => outside.get(), answered);
        outside.answers.length = 0;
        outside.start(RATE);
    });

    after(async () => {
        await outside?.end();
        await live?.stop();
        const kinds = ["httproute/https-only", "gateways.gateway.networking.k8s.io/public"];
        const all = [...kinds, "secret/shop-example-com"];
        await cluster?.kubectl("delete", "-n", ingress, "--ignore-not-found", ...all);
    });

    it("takes over the HTTPRoute that has the host, without one failed request", async () => {
        live = await LiveRollout.start({
            namespace,
            rate: 5,
            config: (config) => {
                Object.assign(config, docsConfig(PAGE, { heading }));
                Object.assign(config, docsConfig(PAGE, { heading: "Take over an HTTPRoute" }));
                // Without the canary's own counters, the verdict is on those of its callers.
                const proxies = { enabled: false };
                quickAnalysis(config, { probe: false, latency: { enabled: false }, proxies });
            },
        });
        const { settled } = await routed(0);
        await cluster.kubectl("delete", "deployment", "old", "-n", namespace);
        const since = await sent(2 * RATE, settled);
        assert.deepEqual(
            countBy(since, ({ version }) => version),
            { v1: since.length },
        );
        assert.deepEqual(failures(), []);
    });

    it("has the share of each weight, from 10 to 50 to 0, without one failed request", async () => {
        for (const weight of [10, 50, 0]) {
            await live.stack.set("weight", weight);
            await update();
            const { settled } = await routed(weight);
            const since = await sent(4 * RATE, settled);
            const { v1 = 0, v2 = 0, ...others } = countBy(since, ({ version }) => version);
            assert.deepEqual(others, {});
            const { low, high } = proportionInterval(v2, v1 + v2, z9999);
            const holds = weight === 0 ? v2 === 0 : low <= weight / 100 && weight / 100 <= high;
            console.log(`      ${weight} %: ${v2} of ${v1 + v2}`);
            assert.ok(holds, `${weight} %: ${v2} of ${v1 + v2}`);
            if (weight === 50) {
                const paths = await outside.send(50, "/admin/users");
                assert.deepEqual(
                    countBy(paths, ({ version }) => version),
                    { v1: 50 },
                );
            }
        }
        assert.deepEqual(failures(), []);
        assert.deepEqual(live.failures(), []);
    });

    it("redirects plain text, as the page's second route says", async () => {
        const { status, location } = await outside.getPlain();
        assert.deepEqual([status, location], [301, `https://${host}/`]);
    });

    it("rolls back a canary that fails, on the counts of the ingress", async () => {
        await live.stack.edit((config) => {
            answering(config.versions.v2, "status=503:100");
        });
        await update();
        await live.available();
        outside.answers.length = 0;
        const result = await new RunningDriver(live).end();
        assert.equal(result.outcome, "rolledBack", result.stderr);
        const { since, settled } = await routed(0);
        const after = await sent(2 * RATE, settled);
        assert.deepEqual(
            countBy(after, ({ version }) => version),
            { v1: after.length },
        );
        const first = outside.answers.find((one) => !answered(one))?.at ?? 0;
        const [failed, all] = [failures().length, outside.answers.length];
        const seconds = (since - first) / 1_000;
        console.log(`      ${seconds.toFixed(1)} s, ${failed} of ${all} failed`);
        assert.ok(failed > 0 && seconds < 60, `${failed} failed in ${seconds} s`);
        // The caller inside the mesh sends at most a tenth of this between two scrapes.
        const counted = result.records
            .flatMap((one) => (one.type === "sample" ? (one.observation?.strata ?? []) : []))
            .map(({ canary, stable }) => canary.requests + stable.requests);
        assert.ok(Math.max(...counted) > 2.5 * RATE, `counted ${counted}`);
        assert.doesNotMatch(await update(), /\d+ (created|updated|deleted|replaced)/);
    });

    async function update(): Promise<string> {
        return succeeded(await live.stack.up(undefined, withoutPreview)).output;
    }

    /** Waits until the ingress gateway has that weight. */
    async function routed(weight: number) {
        const pod = "deploy/istio-ingressgateway";
        const route = await eventually(
            `weight ${weight} at the ingress gateway`,
            60,
            () => clientRoute(live.target, ingress, host, pod),
            (found) =>
                found !== undefined &&
                (found.weights.v2 ?? 0) === weight &&
                (found.weights.v1 ?? 0) === 100 - weight,
        );
        assert.ok(route);
        return route;
    }

    /** Waits until that many requests that were sent after `from` have an answer. */
    async function sent(count: number, from: number): Promise<OutsideAnswer[]> {
        return eventually(
            `${count} answers`,
            60,
            async () => outside.answers.filter(({ at }) => at >= from),
            (all) => all.length >= count,
        );
    }

    const failures = () =>
        outside.answers.filter((one) => !answered(one)).map(({ at: _, ...one }) => one);
});

/** An app without a rollout: its Service, and an HTTPRoute of the rollout's name. */
function earlierApp(): object[] {
    const [account, service, deployment] = JSON.parse(
        JSON.stringify(fortioServer("web", namespace)),
    );
    deployment.metadata.name = "old";
    const labels = { app: "web", version: "old" };
    deployment.spec.selector.matchLabels = labels;
    deployment.spec.template.metadata.labels = labels;
    const route = {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "web", namespace },
        spec: {
            parentRefs: [{ namespace: ingress, name: "public", sectionName: "https" }],
            hostnames: [host],
            rules: [{ backendRefs: [{ name: "web", port: 80 }] }],
        },
    };
    return [account, service, deployment, route];
}

const answered = ({ status }: { status: number }) => status === 200;
