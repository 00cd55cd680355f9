// Two rollouts on one public host, with the config of docs/traffic/shared-hosts.md and routes.md, under load from outside.
import assert from "node:assert/strict";
import { withoutPreview } from "../../../dev/sandbox/demo/stack";
import { httpsGateway, selfSigned, tlsSecret } from "../harness/callers/outside";
import { type Cluster, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { APPS, type App, answered, SharedHost, version } from "../harness/sharedHost";
import { succeeded } from "../harness/succeeded";

const host = "api.example.com";
const ingress = "istio-system";
const secret = "mesh-shared-hosts";
const root = "mesh-shared-root";
const PAGE = "traffic/shared-hosts.md";

describe("a host that two rollouts share", () => {
    let shared: SharedHost;
    let cluster: Cluster;

    before(async () => {
        cluster = sandboxCluster();
        const certificate = selfSigned(host);
        await cluster.apply(
            tlsSecret(secret, ingress, certificate),
            httpsGateway("public", ingress, host, secret),
        );
        shared = new SharedHost(cluster, host, certificate, "mesh");
        await Promise.all([
            cluster.createNamespace(root),
            ...APPS.map((app) => {
                const names = { orders: app };
                const page = docsConfig(PAGE, { heading: "Route a part of a host", names });
                const routes = docsConfig("traffic/routes.md", { names });
                return shared.deploy(app, (config) =>
                    Object.assign(config, page, routes, { timeout: "1s" }),
                );
            }),
        ]);
        for (const app of APPS) await shared.everyAnswer(app, answered);
    });

    after(async () => {
        await shared?.remove();
        const leftovers = [`secret/${secret}`, "gateway.networking.istio.io/public"];
        await cluster.kubectl("delete", "-n", ingress, "--ignore-not-found", ...leftovers);
        await cluster.removeNamespace(root);
    });

    it("gives each its part, and neither the rest", async () => {
        const [orders, users, other] = await Promise.all([
            shared.client.get("/orders/"),
            shared.client.get("/users/"),
            shared.client.get("/invoices/"),
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
            shared.client.get("/orders/debug", origin),
            shared.client.get("/orders/v0/42"),
            shared.client.get("/orders/", asks, "OPTIONS"),
            shared.client.get("/orders/events?delay=1400ms"),
            shared.client.get("/orders/?delay=1400ms"),
        ]);
        assert.match(debug?.body ?? "", /GET \/debug HTTP/);
        assert.match(debug?.body ?? "", /X-Shop: orders/);
        assert.equal(debug?.headers?.["access-control-allow-origin"], origin.Origin);
        assert.deepEqual([old?.status, old?.location], [308, `https://${host}/orders/`]);
        assert.equal(preflight?.headers?.["access-control-allow-methods"], "GET,POST");
        assert.deepEqual([streamed?.status, slow?.status], [200, 504]);
    });

    it("splits each by its own weight at once, and takes one back, without a failed request", async () => {
        await shared.splitBoth();
    });

    it("lets the driver begin beside the other rollout", async () => {
        for (const app of APPS) {
            await shared.letsTheDriverBegin(app);
        }
    });

    it("may be another team's, whose VirtualService delegates", async () => {
        const page = docsConfig(PAGE, { heading: "Delegate", names: { orders: "users" } });
        await cluster.apply(rootOf("users"));
        await shared.stacks.users.edit((config) => {
            for (const key of ["hosts", "gateways", "match", "routes"]) delete config[key];
            Object.assign(config, page, { weight: 50 });
        });
        succeeded(await shared.stacks.users.up(undefined, withoutPreview));
        await shared.someAnswer("users", "v2");
        await shared.shares("by the delegate", { users: 50 });
        const written = await shared.mesh("users").written();
        assert.deepEqual(written?.atGateways, { v1: 50, v2: 50 });
        await shared.letsTheDriverBegin("users");
        await shared.mesh("users").resetWeights();
        await shared.everyAnswer("users", (one) => version(one) === "v1");
    });

    it("leaves istioctl analyze nothing to find", async () => {
        for (const namespace of [...APPS.map((app) => shared.namespaceOf(app)), root]) {
            assert.match(await cluster.analyze(namespace), /No validation issues found/);
        }
    });

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
                    delegate: { name: "web-gateway", namespace: shared.namespaceOf(app) },
                },
            ],
        },
    });
});
