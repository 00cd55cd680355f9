// Two rollouts on one public host of a Gateway, with the config of docs/traffic/shared-hosts.md, under load from outside.
import assert from "node:assert/strict";
import { proportionInterval, z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { withoutPreview } from "../../../dev/sandbox/demo/stack";
import { selfSigned, tlsSecret } from "../harness/callers/outside";
import { countBy, Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig, docsObjects } from "../harness/docs/docsConfig";
import { APPS, answered, SharedHost, version } from "../harness/sharedHost";
import { succeeded } from "../harness/succeeded";

const host = "api.example.com";
const ingress = "istio-system";
/** As the page's Gateway names it. */
const secret = "shop-example-com";
const clients = "mesh-api-clients";

describe("a host of the Gateway API that two rollouts share", function () {
    this.timeout(400_000);
    let shared: SharedHost;
    let cluster: Cluster;
    let inside: Requester;

    before(async () => {
        cluster = sandboxCluster();
        const certificate = selfSigned(host);
        await cluster.apply(
            tlsSecret(secret, ingress, certificate),
            ...docsObjects("traffic/gateway-api.md", { heading: "Callers outside the mesh" }),
        );
        shared = new SharedHost(cluster, host, certificate, "mesh-api", "gateway-api");
        inside = new Requester(cluster, clients);
        await cluster.createNamespace(clients);
        await Promise.all([
            inside.start(),
            ...APPS.map((app) => {
                const heading = "Share a host of the Gateway API";
                const names = { orders: app };
                const page = docsConfig("traffic/shared-hosts.md", { heading, names });
                return shared.deploy(app, (config) => Object.assign(config, page));
            }),
        ]);
        for (const app of APPS) await shared.everyAnswer(app, answered);
    });

    after(async () => {
        await shared?.remove();
        await cluster?.removeNamespace(clients);
        const kinds = ["httproute/https-only", "gateways.gateway.networking.k8s.io/public"];
        const all = [...kinds, `secret/${secret}`];
        await cluster?.kubectl("delete", "-n", ingress, "--ignore-not-found", ...all);
    });

    it("gives each its part, by whole segments, and neither the rest", async () => {
        const statuses = async (...paths: string[]) =>
            (await Promise.all(paths.map((path) => shared.client.get(path)))).map(
                ({ status }) => status,
            );
        assert.deepEqual(await statuses("/orders", "/orders/", "/orders/42"), [200, 200, 200]);
        assert.deepEqual(await statuses("/users", "/users/42"), [200, 200]);
        assert.deepEqual(await statuses("/", "/ordersbook", "/invoices/"), [404, 404, 404]);
    });

    it("splits each by its own weight at once, and takes one back, without a failed request", async () => {
        await shared.splitBoth();
    });

    it("lets the driver begin beside the other rollout, and reset one part alone", async () => {
        for (const app of APPS) {
            await shared.letsTheDriverBegin(app);
        }
        const atGateways = { v1: 90, v2: 10 };
        assert.deepEqual((await shared.mesh("orders").written())?.atGateways, atGateways);
        await shared.update("users", 10);
        await shared.someAnswer("users", "v2");
        await shared.mesh("orders").resetWeights();
        await shared.everyAnswer("orders", (one) => version(one) === "v1");
        await shared.someAnswer("users", "v2");
        assert.deepEqual((await shared.mesh("users").written())?.atGateways, atGateways);
    });

    it("leaves stable-only paths and targets in the part to their versions", async () => {
        await shared.stacks.orders.edit((config) => {
            config.weight = 50;
            config.stableOnlyPaths = ["/orders/admin"];
            config.targets = [{ headers: { "x-user": { exact: "tester" } } }];
        });
        succeeded(await shared.stacks.orders.up(undefined, withoutPreview));
        const tester = { "x-user": "tester" };
        const versions = async (path: string, headers = {}) =>
            countBy(await shared.client.send(40, path, headers), version);
        await eventually(
            "targets",
            30,
            () => versions("/orders/", tester),
            ({ v2 }) => v2 === 40,
        );
        assert.deepEqual(await versions("/orders/admin/a", tester), { v1: 40 });
        assert.deepEqual(await versions("/orders/ADMIN"), { v1: 40 });
        await shared.shares("with stable-only paths", { orders: 50 });
        await shared.letsTheDriverBegin("orders");
    });

    it("splits all requests to the Service inside the mesh, whatever their path", async () => {
        const url = `http://web.${shared.namespaceOf("orders")}.svc.cluster.local`;
        for (const path of ["/", "/orders/42"]) {
            const requests = Array.from({ length: 200 }, () => ({ url: `${url}${path}` }));
            const answers = await inside.send(requests);
            const { v1 = 0, v2 = 0 } = countBy(
                answers,
                ({ headers }) => headers["X-Version"] ?? "",
            );
            console.log(`        inside, ${path}: ${v2} of ${v1 + v2}`);
            assert.equal(v1 + v2, requests.length);
            const { low, high } = proportionInterval(v2, v1 + v2, z9999);
            assert.ok(low <= 0.5 && high >= 0.5, `${v2} of ${v1 + v2}`);
        }
    });

    it("sends a part to the stable alone if all of its paths are stable-only, and lets the driver begin", async () => {
        await shared.stacks.orders.edit((config) => {
            config.weight = 50;
            config.stableOnlyPaths = ["/orders"];
            config.targets = [];
        });
        succeeded(await shared.stacks.orders.up(undefined, withoutPreview));
        await shared.everyAnswer("orders", (one) => version(one) === "v1");
        await shared.shares("with all paths stable-only", { orders: 0 });
        const written = await shared.mesh("orders").written();
        assert.deepEqual(written, { shares: { v1: 50, v2: 50 }, stable: "v1" });
        await shared.letsTheDriverBegin("orders");
        const namespace = shared.namespaceOf("orders");
        const { v1 = 0, v2 = 0 } = await inside.versions(
            { url: `http://web.${namespace}.svc.cluster.local/` },
            100,
        );
        assert.ok(v1 > 0 && v2 > 0 && v1 + v2 === 100, `${v1} of v1, ${v2} of v2`);
    });
});
