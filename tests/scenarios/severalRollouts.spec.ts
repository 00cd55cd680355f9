// A program of somebody else's with two rollouts, in an empty folder, with the packed packages: both are driven, also at once.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import type { JournalRecord } from "../../canary/analysis/record/record";
import { type Cluster, eventually, sandboxCluster } from "../mesh/harness/cluster";
import { installed, managers, type Packed, packTarballs } from "./packages/installed";

const NAMESPACE = "mesh-several";
const CALLERS = `${NAMESPACE}-callers`;
const PLACES = { web: NAMESPACE, orders: `${NAMESPACE}-orders` };
const ANALYSIS = {
    interval: "2s",
    minDwell: "5s",
    bake: "5s",
    holdback: 0,
    warmUp: { errors: "2s", latency: "2s" },
};

describe("a program with two rollouts", function () {
    this.timeout(300_000);
    let cluster: Cluster;
    let packed: Packed;
    let cwd: string;
    let env: NodeJS.ProcessEnv;

    const run = (file: string, ...args: string[]) =>
        execa(file, args, { cwd, env, all: true, reject: false, stdin: "ignore" });
    const pulumi = async (...args: string[]) => {
        const { exitCode, all } = await run("pulumi", ...args, "--non-interactive");
        assert.equal(exitCode, 0, all);
    };
    const command = path.join("node_modules", "istio-canary-cli", "bin", "istio-canary.js");
    const tool = (...args: string[]) => run(process.execPath, command, ...args);
    const status = async () => JSON.parse((await tool("status", "--json")).stdout);
    const weights = async () =>
        Object.fromEntries(
            (await status()).map(({ rollout, weight }: { rollout: string; weight: object }) => [
                rollout,
                weight,
            ]),
        );
    const both = (weight: number) => ({ configured: weight, written: weight });

    /** A driver in its own process. */
    function drive(rollout: string, ...flags: string[]) {
        const child = tool("run", "--rollout", rollout, "--json", ...flags);
        const records: JournalRecord[] = [];
        let rest = "";
        child.stdout?.on("data", (data: Buffer) => {
            const lines = (rest + data).split("\n");
            rest = lines.pop() ?? "";
            records.push(...lines.map((line) => JSON.parse(line)));
        });
        return { child, records };
    }

    before(async () => {
        cluster = sandboxCluster();
        // Another passphrase than the sandbox's.
        env = { ...cluster.env, PULUMI_CONFIG_PASSPHRASE: "of the shop", PULUMI_STACK: undefined };
        packed = await packTarballs();
        const [npm] = managers;
        assert.ok(npm);
        const program = path.join(__dirname, "packages", "several");
        cwd = await installed(packed, npm, program);
        await pulumi("stack", "init", "mesh");
        await pulumi("config", "set", "namespace", NAMESPACE);
        await pulumi("config", "set", "image", "sandbox/fortio:1.68.1");
        for (const [key, value] of Object.entries(ANALYSIS)) {
            const leaves = typeof value === "object" ? Object.entries(value) : [["", value]];
            for (const [leaf, one] of leaves) {
                const name = ["canary:analysis", key, leaf].filter(Boolean).join(".");
                await pulumi("config", "set", "--path", name, String(one));
            }
        }
        await pulumi("up", "--yes", "--skip-preview");
        await cluster.createNamespace(CALLERS);
        await cluster.apply(...Object.values(PLACES).map(caller));
        await cluster.kubectl("wait", "pod", "--all", "-n", CALLERS, "--for=condition=Ready");
    });

    after(async () => {
        if (cwd !== undefined) await run("pulumi", "destroy", "--yes", "--skip-preview");
        await cluster?.removeNamespace(CALLERS);
        if (cwd !== undefined) await run("pulumi", "stack", "rm", "--yes");
        if (packed !== undefined) rmSync(packed.folder, { recursive: true, force: true });
    });

    it("lists both, and asks which one to act on", async () => {
        assert.deepEqual(await weights(), { web: both(0), orders: both(0) });
        const { exitCode, stderr } = await tool("plan");
        assert.equal(exitCode, 2);
        assert.match(stderr, /expected one rollout, got 2: .*Choose one: pass --rollout <name>/);
        const planned = await tool("plan", "--rollout", "orders");
        assert.equal(planned.exitCode, 0, planned.all);
        assert.match(planned.stdout, /^mesh-several-orders\/web: canary v2 \(sandbox\/fortio/);
    });

    it("drives both to 100 % at once; if one is killed, the other goes on", async () => {
        const [web, orders] = [drive("web"), drive("orders")];
        await eventually(
            "the first weight of orders",
            120,
            async () => orders.records.some((one) => one.type === "phase" && one.step === "routed"),
            (found) => found,
        );
        orders.child.kill("SIGKILL");
        const ended = await web.child;
        assert.equal(ended.exitCode, 0, ended.stderr);
        const { orders: left } = await weights();
        assert.ok(left.written > 0 && left.written < 100, JSON.stringify(left));
        assert.deepEqual((await weights()).web, both(100));
    });

    it("rolls one back while the other keeps its weight, and reports each", async () => {
        const rolledBack = await tool("rollback", "--rollout", `${PLACES.orders}/web`);
        assert.equal(rolledBack.exitCode, 0, rolledBack.all);
        assert.deepEqual(await weights(), { web: both(100), orders: both(0) });
        for (const [rollout, outcome] of [
            ["web", "promoted"],
            ["orders", "rolledBack"],
        ] as const) {
            const report = await tool("report", "--rollout", rollout, "--format", "json");
            const found = JSON.parse(report.stdout);
            assert.equal(found.outcome, outcome);
            assert.equal(found.rollout.namespace, PLACES[rollout]);
        }
    });
});

/** A pod that sends 40 requests a second to the app of a namespace. */
function caller(namespace: string): object {
    const url = `http://web.${namespace}.svc.cluster.local/`;
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `to-${namespace}`, namespace: CALLERS },
        spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
                {
                    name: "fortio",
                    image: "sandbox/fortio:1.68.1",
                    imagePullPolicy: "IfNotPresent",
                    command: ["fortio"],
                    args: ["load", "-qps=40", "-c=4", "-t=0", "-allow-initial-errors", url],
                },
            ],
        },
    };
}
