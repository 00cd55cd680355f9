// Faults in a test stack, with the config of docs/traffic/faults.md, seen by a client with a sidecar.
import assert from "node:assert/strict";
import { execa } from "execa";
import { CHECKOUT, COMMAND } from "../../../dev/checkout";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, type StackConfig } from "../../../dev/sandbox/demo/stack";
import type { Target } from "../../../dev/sandbox/demo/target";
import { Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { arrivals } from "../harness/envoyStats";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-faults-test-stack";
const clients = "mesh-faults-test-stack-client";
const url = `http://web.${namespace}.svc.cluster.local/`;
const { exemptions, fault } = docsConfig("traffic/faults.md") as {
    readonly exemptions: object;
    readonly fault: object;
};

describe("faults", () => {
    let cluster: Cluster;
    let target: Target;
    let stack: Stack;
    let client: Requester;

    before(async () => {
        cluster = sandboxCluster();
        target = await sandboxTarget(false);
        stack = new Stack(target, { name: namespace, namespace });
        client = new Requester(cluster, clients);
        await cluster.createNamespace(clients);
        await Promise.all([deploy(), client.start()]);
        await eventually(
            "requests to both versions",
            30,
            () => client.versions({ url }, 40),
            ({ v1 = 0, v2 = 0 }) => v2 > 0 && v1 + v2 === 40,
        );
    });

    after(async () => {
        await cluster?.removeNamespace(clients);
        await stack?.discard();
    });

    async function deploy(): Promise<void> {
        await stack.init();
        await stack.edit((config) => {
            config.ladder = [50, 100];
            config.weight = 50;
        });
        succeeded(await stack.up());
    }

    async function update(change: (config: StackConfig) => void): Promise<void> {
        await stack.edit(change);
        succeeded(await stack.up());
    }

    it("are refused without the exemption, and change nothing", async () => {
        await stack.edit((config) => Object.assign(config, { fault }));
        const { exitCode, output } = await stack.up();
        assert.notEqual(exitCode, 0, output);
        assert.match(output, /fault: expected no fault, because `exemptions` does not contain/);
        const answers = await client.versions({ url }, 100);
        assert.equal((answers.v1 ?? 0) + (answers.v2 ?? 0), 100);
    });

    it("abort their share of the requests, of both versions, before they reach a pod", async () => {
        await update((config) => Object.assign(config, { fault, exemptions }));
        await eventually(
            "an aborted request",
            30,
            () => client.versions({ url }, 40),
            ({ 503: aborted = 0 }) => aborted > 0,
        );
        const before_ = await arrivals(cluster, namespace);
        const { v1 = 0, v2 = 0, 503: aborted = 0 } = await client.versions({ url }, 400);
        const after_ = await arrivals(cluster, namespace);
        assert.equal(v1 + v2 + aborted, 400);
        // 30 % of 400, ± 5 standard deviations.
        assert.ok(aborted > 74 && aborted < 166, `${aborted} of 400 aborted`);
        assert.ok(v1 > 90 && v2 > 90, `${v1} of v1, ${v2} of v2`);
        assert.equal(after_.v1 + after_.v2 - before_.v1 - before_.v2, v1 + v2, "arrived");
    });

    it("leave stable-only paths alone", async () => {
        assert.deepEqual(await client.versions({ url: `${url}admin` }, 100), { v1: 100 });
    });

    it("do not let the driver begin", async () => {
        const args = [COMMAND, "run", "--stack", namespace, "--json"];
        const { exitCode, stderr } = await execa(process.execPath, args, {
            cwd: CHECKOUT,
            env: target.env,
            stdin: "ignore",
            reject: false,
        });
        assert.equal(exitCode, 2, stderr);
        assert.match(
            stderr,
            /spec\.http\[\d\]\.fault\.\w+: expected no injected fault during a rollout/,
        );
    });

    it("are for the requests of testers only, in routes of their own", async () => {
        const route = (name: string, own: object) => ({
            name,
            match: [{ headers: { "x-chaos": { exact: name } } }],
            fault: own,
        });
        await update((config) => {
            config.fault = {};
            config.routes = [
                route("fail", { abort: { percentage: 100, httpStatus: 418 } }),
                route("slow", { delay: { percentage: 100, fixedDelay: "1500ms" } }),
            ];
        });
        const tester = (name: string) => ({ url, headers: { "x-chaos": name } });
        await eventually(
            "the testers' fault",
            30,
            () => client.versions(tester("fail"), 20),
            ({ 418: aborted = 0 }) => aborted === 20,
        );
        const usual = await client.versions({ url }, 100);
        assert.equal((usual.v1 ?? 0) + (usual.v2 ?? 0), 100);
        // 20 at a time: 5 delays, one after the other.
        const startedAt = Date.now();
        const slow = await client.versions(tester("slow"), 100);
        assert.equal((slow.v1 ?? 0) + (slow.v2 ?? 0), 100);
        assert.ok(Date.now() - startedAt > 7_000, `${Date.now() - startedAt} ms`);
    });

    it("leave nothing for istioctl analyze to find", async () => {
        assert.match(await cluster.analyze(namespace), /No validation issues found/);
    });
});
