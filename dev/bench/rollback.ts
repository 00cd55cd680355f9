// How long until weight 0 is in the client's proxy, and until `pulumi up` ends, with a canary that never becomes ready?
// npm run bench:rollback [-- ROUNDS] [--short]   on a sandbox that is up; prints each run, then the median.
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../sandbox/demo/client";
import { clientRoute } from "../sandbox/demo/clientRoute";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import { Stack, type Update, withoutPreview, withPack } from "../sandbox/demo/stack";
import { median } from "./harness/median";
import { runBench } from "./harness/runBench";

const namespace = "bench-rollback";
const clientNamespace = "bench-rollback-client";
const host = `web.${namespace}.svc.cluster.local`;

const ways = [
    ["preview with pack, then up", withPack],
    ["preview, then up", []],
    ["--skip-preview", withoutPreview],
] as const;

interface Run {
    readonly how: string;
    /** Seconds from the start of `pulumi up`. */
    readonly routed: number;
    readonly ended: number;
    readonly exitCode: number;
}

runBench("rollback", async ({ short, rounds = short ? 1 : 3, signal, onEnd, say }) => {
    const target = await sandboxTarget(false);
    const stack = new Stack(target, { name: "mesh-bench-rollback", namespace });
    const url = `http://${host}/`;
    const client = new Client(target, {
        namespace: clientNamespace,
        url,
        rate: 20,
        maxMinutes: 30,
    });
    const weights = async () => (await clientRoute(target, clientNamespace, host))?.weights.v2 ?? 0;
    const results: Run[] = [];
    onEnd("stack", () => stack.remove());
    await stack.init();
    must(await stack.up(signal));
    onEnd("client", () => client.stop());
    await client.start(signal);
    for (let round = 0; round < rounds; round++) {
        for (const [how, flags] of short ? ways.slice(-1) : ways) {
            await probe(stack, "/?status=200");
            must(await stack.up(signal));
            await stack.set("weight", 10);
            must(await stack.up(signal));
            await probe(stack, "/?status=503");
            // A slot in use is not for changes: the pack would refuse this one.
            const broken = await stack.up(signal, withoutPreview);
            if (broken.exitCode === 0 || (await weights()) !== 10) {
                throw new Error("The canary should be broken, with weight 10 on its route.");
            }
            await stack.set("weight", 0);
            const update = await stack.up(signal, flags);
            while ((await weights()) !== 0) {
                await sleep(50, undefined, { signal });
            }
            const route = await clientRoute(target, clientNamespace, host);
            const routed = ((route?.since ?? Number.NaN) - update.startedAt) / 1000;
            const { seconds: ended, exitCode } = update;
            results.push({ how, routed, ended, exitCode });
            say(JSON.stringify(results.at(-1)));
        }
    }
    for (const how of new Set(results.map((r) => r.how))) {
        const mine = results.filter((r) => r.how === how);
        const routed = median(mine.map((r) => r.routed)).toFixed(2);
        const ended = median(mine.map((r) => r.ended)).toFixed(2);
        say(
            `${how}: weight 0 routed after ${routed} s, ended after ${ended} s (median of ${mine.length})`,
        );
    }
    // A rollback waits for nothing of the canary's.
    return results
        .filter(({ exitCode }) => exitCode !== 0)
        .map(({ how, exitCode }) => `the rollback with ${how} ended with exit code ${exitCode}`);
});

async function probe(stack: Stack, path: string): Promise<void> {
    await stack.edit(({ versions: { v2 } }) => {
        v2.probes = { readiness: { httpGet: { path }, periodSeconds: 1 } };
        v2.readyTimeout = "10s";
    });
}

function must(update: Update): void {
    if (update.exitCode !== 0) {
        throw new Error(update.output);
    }
}
