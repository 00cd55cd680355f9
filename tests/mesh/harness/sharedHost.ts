// Apps that share a public host by path, `/<app>/`, each with a rollout in its own namespace, as callers outside the mesh see them.
import assert from "node:assert/strict";
import { otherObjects } from "../../../canary/analysis/cluster/otherRoutes";
import { proportionInterval, z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { Kubernetes } from "../../../canary/driver/kubernetes/kubernetes";
import { kubernetesMesh } from "../../../canary/driver/kubernetes/mesh";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, type StackConfig, withoutPreview } from "../../../dev/sandbox/demo/stack";
import { type Certificate, Outside, type OutsideAnswer } from "./callers/outside";
import { countBy } from "./callers/requester";
import { type Cluster, eventually } from "./cluster";
import { succeeded } from "./succeeded";

export const APPS = ["orders", "users"] as const;
export type App = (typeof APPS)[number];

export const version = (one: OutsideAnswer) => one.version;
export const answered = ({ status }: OutsideAnswer) => status === 200;

export class SharedHost {
    readonly client: Outside;
    readonly stacks = {} as Record<App, Stack>;
    private readonly callers: Readonly<Record<App, Outside>>;

    constructor(
        private readonly cluster: Cluster,
        host: string,
        { cert }: Certificate,
        /** Of the apps' namespaces. */
        private readonly prefix: string,
        private readonly routing?: "gateway-api",
    ) {
        const caller = () => new Outside(cluster, host, cert);
        this.client = caller();
        this.callers = { orders: caller(), users: caller() };
    }

    namespaceOf(app: App): string {
        return `${this.prefix}-${app}`;
    }

    async deploy(app: App, change: (config: StackConfig) => void): Promise<void> {
        const namespace = this.namespaceOf(app);
        const stack = new Stack(await sandboxTarget(false), { name: namespace, namespace });
        this.stacks[app] = stack;
        await stack.init();
        await stack.edit(change);
        // One with the pack, to save time.
        succeeded(await stack.up(undefined, app === "orders" ? undefined : withoutPreview));
    }

    async remove(): Promise<void> {
        await this.client.end();
        await Promise.all(APPS.map((app) => this.callers[app].end()));
        await Promise.all(APPS.map((app) => this.stacks[app]?.remove()));
    }

    async update(app: App, weight: number): Promise<void> {
        await this.stacks[app].set("weight", weight);
        succeeded(await this.stacks[app].up(undefined, withoutPreview));
    }

    /** Each by its own weight at once, then one back, under load. */
    async splitBoth(): Promise<void> {
        for (const app of APPS) this.callers[app].start(40, `/${app}/`);
        await Promise.all([this.update("orders", 10), this.update("users", 50)]);
        await Promise.all(APPS.map((app) => this.someAnswer(app, "v2")));
        await this.shares("at once", { orders: 10, users: 50 });
        await this.update("users", 0);
        await this.everyAnswer("users", (one) => version(one) === "v1");
        await this.shares("after the rollback", { orders: 10, users: 0 });
        await Promise.all(APPS.map((app) => this.callers[app].end()));
        const all = APPS.flatMap((app) => this.callers[app].answers);
        const failed = all.filter((one) => !answered(one));
        console.log(`        ${all.length} requests, ${failed.length} failed`);
        assert.deepEqual(failed, []);
    }

    /** Waits until the gateway sends a request to the version. */
    someAnswer(app: App, wanted: string) {
        return eventually(
            `${wanted} of ${app}`,
            30,
            () => this.client.send(40, `/${app}/`),
            (all) => all.some((one) => version(one) === wanted),
        );
    }

    everyAnswer(app: App, holds: (one: OutsideAnswer) => boolean) {
        return eventually(
            `answers of ${app}`,
            30,
            () => this.client.send(20, `/${app}/`),
            (all) => all.every(holds),
        );
    }

    async shares(when: string, expected: Partial<Record<App, number>>): Promise<void> {
        const apps = Object.keys(expected) as App[];
        const counts = await Promise.all(
            apps.map(async (app) => countBy(await this.client.send(400, `/${app}/`), version)),
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

    /** The rollout as the driver reads it. */
    mesh(app: App) {
        const kubeconfig = this.cluster.env.KUBECONFIG ?? "";
        return kubernetesMesh(new Kubernetes({ kubeconfig }), this.place(app));
    }

    async letsTheDriverBegin(app: App): Promise<void> {
        const found = otherObjects(this.place(app), await this.mesh(app).others());
        assert.deepEqual(found, { reasons: [], notes: [] }, app);
    }

    private place(app: App) {
        const { routing } = this;
        const place = { app: "web", namespace: this.namespaceOf(app), mode: "istio" };
        return { ...place, ...(routing && { routing }) };
    }
}
