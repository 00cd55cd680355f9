// Targets and stable-only paths, with the config of docs/traffic/targets.md, seen by clients with sidecars.
import assert from "node:assert/strict";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack } from "../../../dev/sandbox/demo/stack";
import { Requester, type Send } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-targets";
const clients = "mesh-targets-client";
const url = `http://web.${namespace}.svc.cluster.local/`;

describe("targets", () => {
    let cluster: Cluster;
    let stack: Stack;
    let client: Requester;
    let tester: Requester;

    before(async () => {
        cluster = sandboxCluster();
        stack = new Stack(await sandboxTarget(false), { name: namespace, namespace });
        client = new Requester(cluster, clients, "client");
        tester = new Requester(cluster, clients, "tester", { app: "tester" });
        await cluster.createNamespace(clients);
        await Promise.all([deploy(), client.start(), tester.start()]);
        await arrived();
    });

    after(async () => {
        await cluster?.removeNamespace(clients);
        await stack?.discard();
    });

    async function deploy(): Promise<void> {
        await stack.init();
        await stack.edit((config) => Object.assign(config, docsConfig("traffic/targets.md")));
        succeeded(await stack.up());
    }

    /** Waits until a client's sidecar has the targets. */
    async function arrived(): Promise<void> {
        const request = { url, headers: { Cookie: "beta=yes" } };
        await eventually(
            "a targeted request at the canary",
            30,
            () => client.versions(request, 20),
            ({ v2 }) => v2 === 20,
        );
    }

    const toCanary: [what: string, request: Send][] = [
        ["a header's regex", { url, headers: { "x-user-id": "tester-12" } }],
        [
            "two conditions of one target",
            { url: `${url}debug?a=b&preview=1`, headers: { "User-Agent": "AcmeTest/2 (x)" } },
        ],
        ["a cookie among others", { url, headers: { Cookie: "a=1; beta=yes; c=3" } }],
        ["a method that is not safe", { url, method: "POST", headers: { Cookie: "beta=yes" } }],
    ];
    for (const [what, request] of toCanary) {
        it(`lead to the canary at weight 0 by ${what}`, async () => {
            assert.deepEqual(await client.versions(request), { v2: 40 });
        });
    }

    it("lead to the canary by the labels of who sends", async () => {
        assert.deepEqual(await tester.versions({ url }), { v2: 40 });
    });

    const toStable: [what: string, request: Send][] = [
        ["no condition", { url }],
        ["a header with another value", { url, headers: { "X-User-ID": "tester-x" } }],
        ["one of two conditions", { url: `${url}debug?preview=1` }],
        ["the other of two", { url, headers: { "User-Agent": "AcmeTest/2" } }],
        ["a cookie whose name only ends alike", { url, headers: { Cookie: "xbeta=yes" } }],
        ["a cookie whose value only begins alike", { url, headers: { Cookie: "beta=yes2" } }],
    ];
    for (const [what, request] of toStable) {
        it(`do not catch ${what}`, async () => {
            assert.deepEqual(await client.versions(request), { v1: 40 });
        });
    }

    it("leave stable-only paths to the stable, however they are written", async () => {
        const headers = { Cookie: "beta=yes" };
        const paths = [
            "admin",
            "admin/users",
            "Admin",
            "admin%2Fusers",
            "admin;a=1",
            "x/../internal",
        ];
        for (const path of paths) {
            const answers = await client.versions({ url: url + path, headers }, 10);
            assert.deepEqual(answers, { v1: 10 }, path);
        }
        const beside = await client.versions({ url: `${url}administrators`, headers }, 10);
        assert.deepEqual(beside, { v2: 10 });
    });

    it("leave nothing for istioctl analyze to find", async () => {
        assert.match(await cluster.analyze(namespace), /No validation issues found/);
    });

    it("stay as they are when the weight moves, and stable-only paths do", async () => {
        await stack.set("weight", 10);
        succeeded(await stack.up());
        await stack.set("weight", 25);
        succeeded(await stack.up());
        await eventually(
            "requests by weight at the canary",
            30,
            () => client.versions({ url }, 100),
            ({ v2 = 0 }) => v2 > 0,
        );
        assert.deepEqual(await client.versions({ url, headers: { Cookie: "beta=yes" } }), {
            v2: 40,
        });
        assert.deepEqual(await client.versions({ url: `${url}admin` }, 100), { v1: 100 });
    });

    it("let a rollback wait for nothing, whatever state the canary is in", async () => {
        await stack.set("weight", 0);
        succeeded(await stack.up());
        await stack.edit(({ versions: { v2 } }) => {
            v2.probes = { readiness: { httpGet: { path: "/?status=503" }, periodSeconds: 1 } };
            v2.readyTimeout = "10s";
        });
        succeeded(await stack.up());
        await stack.set("weight", 10);
        assert.notEqual((await stack.up()).exitCode, 0);
        await stack.set("weight", 0);
        succeeded(await stack.up());
        const { output } = succeeded(await stack.up());
        assert.doesNotMatch(output, /to (create|update|delete|replace)/);
        assert.deepEqual(await client.versions({ url }), { v1: 40 });
    });
});

describe("a wrong target", () => {
    it("ends the preview with its path, the value found and what is allowed", async () => {
        const stack = new Stack(await sandboxTarget(false), {
            name: "mesh-targets-wrong",
            namespace: "mesh-targets-wrong",
        });
        await stack.init();
        try {
            await stack.edit((config) => {
                config.targets = [{ headers: { "X-User-ID": { exact: 42 } } }];
                config.stableOnlyPaths = ["admin/*"];
            });
            const { exitCode, output } = await stack.preview();
            assert.notEqual(exitCode, 0);
            assert.match(
                output,
                /targets\[0\]\.headers\.X-User-ID\.exact: expected a non-empty string .*, got 42/,
            );
            assert.match(
                output,
                /stableOnlyPaths\[0\]: expected a path such as "\/admin".*, got "admin\/\*"/,
            );
        } finally {
            await stack.remove();
        }
    });
});
