// What is there before the first phase: the same app once by each way, its pods ready, weight 10.
import { rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../checkout";
import { Stack, withoutPreview } from "../../sandbox/demo/stack";
import type { Target } from "../../sandbox/demo/target";
import type { Bench } from "../harness/runBench";
import { NAIVE, NAMESPACES, routes, STACKS } from "./ways";

export const FIRST_WEIGHT = 10;

export async function setUp(target: Target, { onEnd, say, signal }: Bench): Promise<void> {
    say("Making the app once by each way.");
    await objects(target, onEnd);
    await naive(target, onEnd);
    signal.throwIfAborted();
    await ours(target, onEnd);
    signal.throwIfAborted();
    for (const namespace of [NAMESPACES.ours, NAMESPACES.naive]) {
        const available = ["--for=condition=Available", "--timeout=180s"];
        await target.kubectl(["wait", "deployment", "--all", "-n", namespace, ...available]);
    }
}

/** For `kubectl patch`: no pods, for the other ways' sidecars get its route too. */
async function objects(target: Target, onEnd: Bench["onEnd"]): Promise<void> {
    const namespace = NAMESPACES.kubectl;
    const metadata = { name: "web", namespace };
    const subset = (name: string) => ({ name, labels: { version: name } });
    const networking = "networking.istio.io/v1";
    const items = [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80 }] },
        },
        {
            apiVersion: networking,
            kind: "DestinationRule",
            metadata,
            spec: { host: "web", subsets: [subset("v1"), subset("v2")] },
        },
        {
            apiVersion: networking,
            kind: "VirtualService",
            metadata,
            spec: { hosts: ["web"], http: routes(FIRST_WEIGHT) },
        },
    ];
    onEnd(namespace, () =>
        target.kubectl(["delete", "namespace", namespace, "--ignore-not-found"]),
    );
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await target.kubectl(["apply", "-f", "-"], { input });
}

async function ours(target: Target, onEnd: Bench["onEnd"]): Promise<void> {
    const stack = new Stack(target, { name: STACKS.ours, namespace: NAMESPACES.ours });
    onEnd("our stack", () => stack.remove());
    await stack.init();
    await stack.edit((config) => {
        config.weight = FIRST_WEIGHT;
    });
    const { exitCode, output } = await stack.up(undefined, withoutPreview);
    if (exitCode !== 0) throw new Error(`Our program could not be set up:\n${output}`);
}

async function naive(target: Target, onEnd: Bench["onEnd"]): Promise<void> {
    const config = path.join(NAIVE, `Pulumi.${STACKS.naive}.yaml`);
    const run = (...args: string[]) =>
        execa(target.pulumiFile, [...args, "--non-interactive", "--stack", STACKS.naive], {
            cwd: NAIVE,
            env: target.env,
            stdin: "ignore",
        });
    onEnd("the naive stack", async () => {
        await run("destroy", "--yes");
        await run("stack", "rm", "--yes");
        await rm(config, { force: true });
    });
    const fresh = await run("stack", "init", "--no-select").then(
        () => true,
        () => false,
    );
    // Of a run that was killed.
    if (!fresh) await run("cancel", "--yes");
    const values = { namespace: NAMESPACES.naive, weight: String(FIRST_WEIGHT) };
    for (const [key, value] of Object.entries(values)) await run("config", "set", key, value);
    await run("up", "--skip-preview", "--yes");
}

/** What a first run has to make anew: ts-node's output, and what we keep compiled. */
export async function emptyCaches(temporary: string): Promise<void> {
    await rm(temporary, { recursive: true, force: true });
    await rm(path.join(CHECKOUT, "node_modules", ".cache", "istio-canary"), {
        recursive: true,
        force: true,
    });
}
