// A rollout with a client that sends requests throughout, so that a spec can check what the client saw.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CHECKOUT } from "../../../dev/checkout";
import { Client } from "../../../dev/sandbox/demo/client";
import { clientRoute, type ProxyRoute } from "../../../dev/sandbox/demo/clientRoute";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { failed, type Request } from "../../../dev/sandbox/demo/requests";
import { Stack, type StackConfig, type Update } from "../../../dev/sandbox/demo/stack";
import type { Target } from "../../../dev/sandbox/demo/target";
import { succeeded } from "./succeeded";

export interface LiveRolloutOptions {
    /** Namespace of the app and name of the stack. The client's namespace adds "-client". */
    readonly namespace: string;
    /** Requests per second. Default: 50. */
    readonly rate?: number;
    /** The client has no sidecar and opens a new connection per request. Default: `false`. */
    readonly plain?: boolean;
    /** Maximum duration of the client's load, minutes. Default: 15. */
    readonly minutes?: number;
    /** Changes the stack's config, which starts as a copy of Pulumi.dev.yaml. */
    readonly config?: (config: StackConfig) => void;
}

export class LiveRollout {
    private constructor(
        readonly target: Target,
        readonly stack: Stack,
        readonly client: Client,
        readonly namespace: string,
    ) {}

    /** Deploys the app and starts a client; returns once requests arrive. */
    static async start({
        namespace,
        rate = 50,
        plain = false,
        minutes = 15,
        config,
    }: LiveRolloutOptions): Promise<LiveRollout> {
        const target = await sandboxTarget(false);
        const stack = new Stack(target, { name: namespace, namespace });
        const client = new Client(target, {
            namespace: `${namespace}-client`,
            url: `http://web.${namespace}.svc.cluster.local/`,
            rate,
            maxMinutes: minutes,
            plain,
        });
        const live = new LiveRollout(target, stack, client, namespace);
        for (const name of [namespace, `${namespace}-client`]) await untilGone(target, name);
        await stack.init();
        // Left by an earlier stack of that name.
        await rm(path.join(CHECKOUT, ".canary", namespace), { recursive: true, force: true });
        await stack.edit((found) => config?.(found));
        await live.up();
        await client.start(new AbortController().signal);
        await live.requests(2 * rate);
        return live;
    }

    async stop(): Promise<void> {
        await this.client.stop();
        await this.stack.discard();
    }

    /** Runs `pulumi up` with the pack, which must succeed. */
    async up(): Promise<Update> {
        return succeeded(await this.stack.up());
    }

    /** Runs `pulumi preview` with the pack, which must fail. @returns its output on one line. */
    async refused(): Promise<string> {
        const { exitCode, output } = await this.stack.preview();
        assert.notEqual(exitCode, 0, output);
        return output.replace(/\s+/g, " ");
    }

    /** Sets the weight, updates, and waits until the client's proxy has it. */
    async shift(weight: number, canary: "v1" | "v2" = "v2"): Promise<ProxyRoute> {
        await this.stack.set("weight", weight);
        await this.up();
        return this.routed(weight, canary);
    }

    /** Waits until the client's proxy routes that weight to a slot. */
    async routed(weight: number, slot: "v1" | "v2"): Promise<ProxyRoute> {
        const host = `web.${this.namespace}.svc.cluster.local`;
        for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
            const route = await clientRoute(this.target, `${this.namespace}-client`, host);
            if (route !== undefined && (route.weights[slot] ?? 0) === weight) {
                return route;
            }
        }
        throw new Error(`The client's proxy did not receive weight ${weight} within 60 s.`);
    }

    /** Waits for that many more requests. */
    async requests(count: number): Promise<void> {
        const wanted = this.client.requests.length + count;
        for (const deadline = Date.now() + 90_000; this.client.requests.length < wanted; ) {
            assert.ok(Date.now() < deadline, `${count} requests did not arrive in 90 s`);
            await sleep(50);
        }
    }

    /** Waits until every Deployment of the app is available. */
    async available(): Promise<void> {
        const condition = ["--for=condition=Available", "--timeout=120s"];
        await this.target.kubectl([
            ...["wait", "deployment", "--all", "-n", this.namespace],
            ...condition,
        ]);
    }

    /** The client's failed requests since then, milliseconds since the epoch. */
    failures(since = 0): Request[] {
        return this.client.requests.filter((one) => one.at >= since && failed(one));
    }
}

/** Waits for a namespace that an earlier run of the spec has deleted. */
async function untilGone(target: Target, name: string): Promise<void> {
    const namespace = ["namespace", name];
    const phase = ["--ignore-not-found", "-o=jsonpath={.status.phase}"];
    const { stdout } = await target.kubectl(["get", ...namespace, ...phase]);
    if (stdout !== "Terminating") return;
    await target.kubectl(["wait", "--for=delete", ...namespace, "--timeout=120s"]);
}
