// Two rollouts on one public host, with the config of docs/traffic/shared-hosts.md and routes.md, under load from outside.
import assert from "node:assert/strict";
import { otherObjects } from "../../../canary/analysis/cluster/otherRoutes";
import { proportionInterval, z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { Kubernetes } from "../../../canary/driver/kubernetes/kubernetes";
import { kubernetesMesh } from "../../../canary/driver/kubernetes/mesh";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, withoutPreview } from "../../../dev/sandbox/demo/stack";
import { Outside, type OutsideAnswer, selfSigned, tlsSecret } from "../harness/callers/outside";
import { countBy } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { succeeded } from "../harness/succeeded";

const host = "api.example.com";
const ingress = "istio-system";
const secret = "mesh-shared-hosts";
const root = "mesh-shared-root";
const PAGE = "traffic/shared-hosts.md";
const APPS = ["orders", "users"] as const;
type App = (typeof APPS)[number];

const namespaceOf = (app: App) => `mesh-${app}`;
const version = (one: OutsideAnswer) => one.version;
const answered = ({ status }: OutsideAnswer) => status === 200;

describe("a host that two rollouts share", () => {
    const stacks = {} as Record<App, Stack>;
    const callers = {} as Record<App, Outside>;
    let cluster: Cluster;
    let client: Outside;

    before(async () => {
        const target = await sandboxTarget(false);
        cluster = sandboxCluster();
        const certificate = selfSigned(host);
        await cluster.apply(tlsSecret(secret, ingress, certificate), {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: { name: "public", namespace: ingress },
            spec: {
                selector: { istio: "ingressgateway" },
                servers: [
                    {
                        port: { number: 443, name: "https", protocol: "HTTPS" },
                        hosts: [host],
                        tls: { mode: "SIMPLE", credentialName: secret },
                    },
                ],
            },
        });
        client = new Outside(cluster, host, certificate.cert);
        await Promise.all([
            cluster.createNamespace(root),
            ...APPS.map(async (app) => {
                callers[app] = new Outside(cluster, host, certificate.cert);
                stacks[app] = new Stack(target, {
                    name: namespaceOf(app),
                    namespace: namespaceOf(app),
                });
                await stacks[app].init();
                const page = docsConfig(PAGE, {
                    heading: "Route a part of a host",
                    names: { orders: app },
                });
                const routes = docsConfig("traffic/routes.md", { names: { orders: app } });
                await stacks[app].edit((config) =>
                    Object.assign(config, page, routes, { timeout: "1s" }),
                );
                // One with the pack, to save time.
                const flags = app === "orders" ? undefined : withoutPreview;
                succeeded(await stacks[app].up(undefined, flags));
            }),
        ]);
        for (const app of APPS) await everyAnswer(app, answered);
    });

    after(async () => {
        await client?.end();
        await Promise.all(APPS.map((app) => callers[app]?.end()));
        await Promise.all(APPS.map((app) => stacks[app]?.remove()));
        const leftovers = [`secret/${secret}`, "gateway.networking.istio.io/public"];
        await cluster.kubectl("delete", "-n", ingress, "--ignore-not-found", ...leftovers);
        await cluster.removeNamespace(root);
    });

    it("gives each its part, and neither the rest", async () => {
        const [orders, users, other] = await Promise.all([
            client.get("/orders/"),
            client.get("/users/"),
            client.get("/invoices/"),
        ]);
        assert.deepEqual(
            [orders, users].map(({ status, headers }) => [status, headers?.["x-served-by"]]),
            [
                [200, "orders"],
                [200, "users"],
            ],
        );
        assert.equal(other?.status, 404);
    });

    it("rewrites paths and headers, redirects, and answers preflight requests", async () => {
        const origin = { Origin: "https://shop.example.com" };
        const asks = { ...origin, "Access-Control-Request-Method": "POST" };
        const [debug, old, preflight, streamed, slow] = await Promise.all([
            // Fortio answers /debug with the request as it has it.
            client.get("/orders/debug", origin),
            client.get("/orders/v0/42"),
            client.get("/orders/", asks, "OPTIONS"),
            client.get("/orders/events?delay=1400ms"),
            client.get("/orders/?delay=1400ms"),
        ]);
        assert.match(debug?.body ?? "", /GET \/debug HTTP/);
        assert.match(debug?.body ?? "", /X-Shop: orders/);
        assert.equal(debug?.headers?.["access-control-allow-origin"], origin.Origin);
        assert.deepEqual([old?.status, old?.location], [308, `https://${host}/orders/`]);
        assert.equal(preflight?.headers?.["access-control-allow-methods"], "GET,POST");
        assert.deepEqual([streamed?.status, slow?.status], [200, 504]);
    });

    it("splits each by its own weight at once, and takes one back, without a failed request", async () => {
        for (const app of APPS) callers[app].start(40, `/${app}/`);
        await Promise.all([update("orders", 10), update("users", 50)]);
        await Promise.all(APPS.map((app) => someAnswer(app, "v2")));
        await shares("at once", { orders: 10, users: 50 });
        await update("users", 0);
        await everyAnswer("users", (one) => version(one) === "v1");
        await shares("after the rollback", { orders: 10, users: 0 });
        await Promise.all(APPS.map((app) => callers[app].end()));
        const all = APPS.flatMap((app) => callers[app].answers);
        console.log(
            `        ${all.length} requests, ${all.filter((one) => !answered(one)).length} failed`,
        );
        assert.deepEqual(
            all.filter((one) => !answered(one)),
            [],
        );
    });

    it("lets the driver begin beside the other rollout", async () => {
        for (const app of APPS) {
            const found = otherObjects(rollout(app), await mesh(app).others());
            assert.deepEqual(found, { reasons: [], notes: [] }, app);
        }
    });

    it("may be another team's, whose VirtualService delegates", async () => {
        const page = docsConfig(PAGE, { heading: "Delegate", names: { orders: "users" } });
        await cluster.apply(rootOf("users"));
        await stacks.users.edit((config) => {
            for (const key of ["hosts", "gateways", "match", "routes"]) delete config[key];
            Object.assign(config, page, { weight: 50 });
        });
        succeeded(await stacks.users.up(undefined, withoutPreview));
        await someAnswer("users", "v2");
        await shares("by the delegate", { users: 50 });
        const written = await mesh("users").written();
        assert.deepEqual(written?.atGateways, { v1: 50, v2: 50 });
        const found = otherObjects(rollout("users"), await mesh("users").others());
        assert.deepEqual(found, { reasons: [], notes: [] });
        await mesh("users").resetWeights();
        await everyAnswer("users", (one) => version(one) === "v1");
    });

    it("leaves istioctl analyze nothing to find", async () => {
        for (const namespace of [...APPS.map(namespaceOf), root]) {
            assert.match(await cluster.analyze(namespace), /No validation issues found/);
        }
    });

    const rollout = (app: App) => ({ app: "web", namespace: namespaceOf(app), mode: "istio" });
    const mesh = (app: App) =>
        kubernetesMesh(new Kubernetes({ kubeconfig: cluster.env.KUBECONFIG ?? "" }), rollout(app));

    async function update(app: App, weight: number): Promise<void> {
        await stacks[app].set("weight", weight);
        succeeded(await stacks[app].up(undefined, withoutPreview));
    }

    /** Waits until the gateway sends a request to the version. */
    const someAnswer = (app: App, wanted: string) =>
        eventually(
            `${wanted} of ${app}`,
            30,
            () => client.send(20, `/${app}/`),
            (all) => all.some((one) => version(one) === wanted),
        );

    const everyAnswer = (app: App, holds: (one: OutsideAnswer) => boolean) =>
        eventually(
            `answers of ${app}`,
            30,
            () => client.send(20, `/${app}/`),
            (all) => all.every(holds),
        );

    async function shares(when: string, expected: Partial<Record<App, number>>): Promise<void> {
        const apps = Object.keys(expected) as App[];
        const counts = await Promise.all(
            apps.map(async (app) => countBy(await client.send(400, `/${app}/`), version)),
        );
        const text = apps.map((app, index) => `${app} ${JSON.stringify(counts[index])}`).join(", ");
        console.log(`        ${when}: ${text}`);
        for (const [index, app] of apps.entries()) {
            const { v1 = 0, v2 = 0, ...others } = counts[index] ?? {};
            assert.deepEqual(others, {}, app);
            const { low, high } = proportionInterval(v2, v1 + v2, z9999);
            const share = (expected[app] ?? 0) / 100;
            assert.ok(low <= share && high >= share, `${app}: ${v2} of ${v1 + v2}`);
        }
    }

    /** As the page shows it. */
    const rootOf = (app: App) => ({
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "api", namespace: root },
        spec: {
            hosts: [host],
            gateways: [`${ingress}/public`],
            http: [
                {
                    match: [{ uri: { prefix: `/${app}/` } }],
                    delegate: { name: "web-gateway", namespace: namespaceOf(app) },
                },
            ],
        },
    });
});
