// A rollout as its user sees it: real `pulumi up`, real sidecars, live traffic.
import assert from "node:assert/strict";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { CHECKOUT } from "../../../dev/checkout";
import { Client } from "../../../dev/sandbox/demo/client";
import { clientRoute, type ProxyRoute } from "../../../dev/sandbox/demo/clientRoute";
import { holdsWeight } from "../../../dev/sandbox/demo/demoTable";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { failed, phaseFigures } from "../../../dev/sandbox/demo/requests";
import { Stack } from "../../../dev/sandbox/demo/stack";
import type { Target } from "../../../dev/sandbox/demo/target";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-rollout";
const clientNamespace = "mesh-rollout-client";
const host = `web.${namespace}.svc.cluster.local`;

const KINDS = [
    "deployments",
    "replicasets",
    "pods",
    "services",
    "horizontalpodautoscalers",
    "poddisruptionbudgets",
    "virtualservices",
    "destinationrules",
].join(",");

describe("a rollout", () => {
    let target: Target;
    let stack: Stack;
    let client: Client;
    const never = new AbortController().signal;

    before(async () => {
        target = await sandboxTarget(false);
        stack = new Stack(target, { name: "mesh-rollout", namespace });
        await stack.init();
        succeeded(await stack.up());
        const url = `http://${host}/`;
        client = new Client(target, { namespace: clientNamespace, url, rate: 100, maxMinutes: 10 });
        await client.start(never);
        await requests(100);
    });

    after(async () => {
        await client?.stop();
        await stack?.remove();
        // Not `all`: it asks for each kind that has the category, also of CRDs that other specs delete.
        const left = await target.kubectl(["get", KINDS, "-n", namespace, "-o", "name"]);
        assert.equal(left.stdout, "", "pulumi destroy leaves an empty namespace");
    });

    it("takes all four phases without one failed request, each with the share that was asked for", async () => {
        for (const weight of [10, 25, 50, 100]) {
            const route = await shift(weight);
            await requests(600);
            const figures = phaseFigures(client.requests, route.settled, Date.now(), "v2", []);
            const row = { ...figures, weight };
            assert.ok(
                holdsWeight(row, z9999),
                `${weight} %: ${figures.toCanary} of ${figures.requests}`,
            );
        }
        assert.deepEqual(client.requests.filter(failed), []);
    });

    it("changes nothing when nothing changed", async () => {
        const { output } = succeeded(await stack.up());
        assert.match(output, /\d+ unchanged/);
        assert.doesNotMatch(output, /to (create|update|delete|replace)/);
    });

    it("leaves nothing for istioctl analyze to find", async () => {
        const analyze = await execa("istioctl", ["analyze", "-n", namespace], {
            env: target.env,
            reject: false,
        });
        assert.match(analyze.stdout + analyze.stderr, /No validation issues found/);
    });

    it("goes back to 0 without one failed request", async () => {
        const seen = client.requests.length;
        const route = await shift(0);
        await requests(200);
        const since = client.requests.filter((r) => r.at >= route.settled);
        assert.ok(since.every((r) => r.version === "v1"));
        assert.deepEqual(client.requests.slice(seen).filter(failed), []);
    });

    it("deploys a canary that is never ready at weight 0 without waiting for it", async () => {
        await stack.edit(({ versions: { v2 } }) => {
            v2.probes = { readiness: { httpGet: { path: "/?status=503" }, periodSeconds: 1 } };
            v2.readyTimeout = "15s";
        });
        succeeded(await stack.up());
    });

    it("gives it no traffic: the update fails, the route stays, no request is lost", async () => {
        const seen = client.requests.length;
        await stack.set("weight", 10);
        const { exitCode, output } = await stack.up();
        assert.notEqual(exitCode, 0);
        assert.match(output, /web-v2/);
        const route = await clientRoute(target, clientNamespace, host);
        assert.equal(route?.weights.v2 ?? 0, 0);
        assert.deepEqual(client.requests.slice(seen).filter(failed), []);
    });

    it("takes weight 0 whatever state the canary is in, and changes nothing after that", async () => {
        await shift(0);
        const { output } = succeeded(await stack.up());
        assert.doesNotMatch(output, /to (create|update|delete|replace)/);
    });

    /** Sets the weight, updates, and waits until the client's proxy has it. */
    async function shift(weight: number): Promise<ProxyRoute> {
        await stack.set("weight", weight);
        succeeded(await stack.up());
        for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(100)) {
            const route = await clientRoute(target, clientNamespace, host);
            if (route !== undefined && (route.weights.v2 ?? 0) === weight) {
                return route;
            }
        }
        throw new Error(`The client's proxy did not get weight ${weight} within 30 s.`);
    }

    /** Waits for that many more requests. */
    async function requests(count: number): Promise<void> {
        const wanted = client.requests.length + count;
        for (
            const deadline = Date.now() + 60_000;
            client.requests.length < wanted;
            await sleep(50)
        ) {
            assert.ok(Date.now() < deadline, `${count} requests did not arrive within a minute`);
        }
    }
});

describe("pulumi preview with the pack", () => {
    let target: Target;
    let stack: Stack;

    before(async () => {
        target = await sandboxTarget(false);
        stack = new Stack(target, { name: "mesh-refusals", namespace: "mesh-refusals" });
        await stack.init();
        succeeded(await stack.up());
        await stack.set("weight", 10);
        succeeded(await stack.up());
    });

    after(() => stack?.remove());

    it("refuses weight 101 before the engine starts", async () => {
        await stack.set("weight", 101);
        const { exitCode, output } = await stack.preview();
        assert.notEqual(exitCode, 0);
        assert.match(output, /weight: expected an integer from 0 to 100, got 101/);
    });

    it("refuses 10 → 100 in one step, and says what is allowed", async () => {
        await stack.set("weight", 100);
        const { exitCode, output } = await stack.preview();
        assert.notEqual(exitCode, 0);
        assert.match(output, /weight-step/);
        assert.match(output, /web/);
        assert.match(output, /100/);
        assert.match(output, /25/);
    });

    it("lets 50 → 0 pass", async () => {
        for (const weight of [25, 50]) {
            await stack.set("weight", weight);
            succeeded(await stack.up());
        }
        await stack.set("weight", 0);
        succeeded(await stack.preview());
    });

    it("refuses a hand-written VirtualService without timeout in another program", async () => {
        const cwd = path.join(CHECKOUT, "tests", "mesh", "programs", "noTimeout");
        const pack = path.join(CHECKOUT, "policy");
        const run = (...args: string[]) =>
            execa(target.pulumiFile, [...args, "--non-interactive", "--stack", "mesh"], {
                cwd,
                env: target.env,
                all: true,
                reject: false,
            });
        await run("stack", "init", "--no-select");
        try {
            const { exitCode, all } = await run("preview", "--policy-pack", pack);
            assert.notEqual(exitCode, 0);
            assert.match(all ?? "", /reviews/);
            assert.match(all ?? "", /timeout/);
            assert.match(all ?? "", /mandatory/);
        } finally {
            await run("stack", "rm", "--yes");
        }
    });
});
