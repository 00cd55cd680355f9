// Two rollouts on one public host of a Gateway, with the config of docs/traffic/shared-hosts.md, under load from outside.
import assert from "node:assert/strict";
import { otherObjects } from "../../../canary/analysis/cluster/otherRoutes";
import { proportionInterval, z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { Kubernetes } from "../../../canary/driver/kubernetes/kubernetes";
import { kubernetesMesh } from "../../../canary/driver/kubernetes/mesh";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, withoutPreview } from "../../../dev/sandbox/demo/stack";
import { Outside, type OutsideAnswer, selfSigned, tlsSecret } from "../harness/callers/outside";
import { countBy, Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig, docsObjects } from "../harness/docs/docsConfig";
import { succeeded } from "../harness/succeeded";

const host = "api.example.com";
const ingress = "istio-system";
/** As the page's Gateway names it. */
const secret = "shop-example-com";
const clients = "mesh-api-clients";
const APPS = ["orders", "users"] as const;
type App = (typeof APPS)[number];

const namespaceOf = (app: App) => `mesh-api-${app}`;
const version = (one: OutsideAnswer) => one.version;
const answered = ({ status }: OutsideAnswer) => status === 200;

describe("a host of the Gateway API that two rollouts share", function () {
    this.timeout(400_000);
    const stacks = {} as Record<App, Stack>;
    const callers = {} as Record<App, Outside>;
    let cluster: Cluster;
    let client: Outside;
    let inside: Requester;

    before(async () => {
        const target = await sandboxTarget(false);
        cluster = sandboxCluster();
        const certificate = selfSigned(host);
        await cluster.apply(
            tlsSecret(secret, ingress, certificate),
            ...docsObjects("traffic/gateway-api.md", { heading: "Callers outside the mesh" }),
        );
        client = new Outside(cluster, host, certificate.cert);
        inside = new Requester(cluster, clients);
        await cluster.createNamespace(clients);
        await Promise.all([
            inside.start(),
            ...APPS.map(async (app) => {
                callers[app] = new Outside(cluster, host, certificate.cert);
                const namespace = namespaceOf(app);
                stacks[app] = new Stack(target, { name: namespace, namespace });
                await stacks[app].init();
                const heading = "Share a host of the Gateway API";
                const page = docsConfig("traffic/shared-hosts.md", {
                    heading,
                    names: { orders: app },
                });
                await stacks[app].edit((config) => Object.assign(config, page));
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
        await cluster?.removeNamespace(clients);
        const kinds = ["httproute/https-only", "gateways.gateway.networking.k8s.io/public"];
        const all = [...kinds, `secret/${secret}`];
        await cluster?.kubectl("delete", "-n", ingress, "--ignore-not-found", ...all);
    });

    it("gives each its part, by whole segments, and neither the rest", async () => {
        const statuses = async (...paths: string[]) =>
            (await Promise.all(paths.map((path) => client.get(path)))).map(({ status }) => status);
        assert.deepEqual(await statuses("/orders", "/orders/", "/orders/42"), [200, 200, 200]);
        assert.deepEqual(await statuses("/users", "/users/42"), [200, 200]);
        assert.deepEqual(await statuses("/", "/ordersbook", "/invoices/"), [404, 404, 404]);
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
        const failed = all.filter((one) => !answered(one));
        console.log(`        ${all.length} requests, ${failed.length} failed`);
        assert.deepEqual(failed, []);
    });

    it("lets the driver begin beside the other rollout, and reset one part alone", async () => {
        for (const app of APPS) {
            const found = otherObjects(rollout(app), await mesh(app).others());
            assert.deepEqual(found, { reasons: [], notes: [] }, app);
        }
        const atGateways = { v1: 90, v2: 10 };
        assert.deepEqual((await mesh("orders").written())?.atGateways, atGateways);
        await update("users", 10);
        await someAnswer("users", "v2");
        await mesh("orders").resetWeights();
        await everyAnswer("orders", (one) => version(one) === "v1");
        await someAnswer("users", "v2");
        assert.deepEqual((await mesh("users").written())?.atGateways, atGateways);
    });

    it("leaves stable-only paths and targets in the part to their versions", async () => {
        await stacks.orders.edit((config) => {
            config.weight = 50;
            config.stableOnlyPaths = ["/orders/admin"];
            config.targets = [{ headers: { "x-user": { exact: "tester" } } }];
        });
        succeeded(await stacks.orders.up(undefined, withoutPreview));
        const tester = { "x-user": "tester" };
        const versions = async (path: string, headers = {}) =>
            countBy(await client.send(40, path, headers), version);
        await eventually(
            "targets",
            30,
            () => versions("/orders/", tester),
            ({ v2 }) => v2 === 40,
        );
        assert.deepEqual(await versions("/orders/admin/a", tester), { v1: 40 });
        assert.deepEqual(await versions("/orders/ADMIN"), { v1: 40 });
        await shares("with stable-only paths", { orders: 50 });
        const found = otherObjects(rollout("orders"), await mesh("orders").others());
        assert.deepEqual(found, { reasons: [], notes: [] });
    });

    it("splits all requests to the Service inside the mesh, whatever their path", async () => {
        const url = `http://web.${namespaceOf("orders")}.svc.cluster.local`;
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

    const rollout = (app: App) => ({
        ...{ app: "web", namespace: namespaceOf(app), mode: "istio" },
        routing: "gateway-api",
    });
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
            () => client.send(40, `/${app}/`),
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
            const holds = share === 0 ? v2 === 0 : low <= share && high >= share;
            assert.ok(holds, `${app}: ${v2} of ${v1 + v2}`);
        }
    }
});
