// How long until weight 0 is in the client's proxy, and until `pulumi up` ends, with a canary that never becomes ready?
// npm run bench:rollback [-- RUNS]   on a sandbox that is up; prints each run, then the median.
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../sandbox/demo/client";
import { clientRoute } from "../sandbox/demo/clientRoute";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import { Stack, type Update, withoutPreview, withPack } from "../sandbox/demo/stack";

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

async function main(runs: number): Promise<void> {
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
    try {
        await stack.init();
        must(await stack.up());
        await client.start(new AbortController().signal);
        for (let run = 0; run < runs; run++) {
            for (const [how, flags] of ways) {
                await probe(stack, "/?status=200");
                must(await stack.up());
                await stack.set("weight", 10);
                must(await stack.up());
                await probe(stack, "/?status=503");
                // A slot in use is not for changes: the pack would refuse this one.
                const broken = await stack.up(undefined, withoutPreview);
                if (broken.exitCode === 0 || (await weights()) !== 10) {
                    throw new Error("The canary should be broken, with weight 10 on its route.");
                }
                await stack.set("weight", 0);
                const update = await stack.up(undefined, flags);
                while ((await weights()) !== 0) {
                    await sleep(50);
                }
                const route = await clientRoute(target, clientNamespace, host);
                const routed = ((route?.since ?? Number.NaN) - update.startedAt) / 1000;
                const { seconds: ended, exitCode } = update;
                results.push({ how, routed, ended, exitCode });
                console.log(JSON.stringify(results.at(-1)));
            }
        }
    } finally {
        await client.stop();
        await stack.remove();
    }
    for (const how of new Set(results.map((r) => r.how))) {
        const mine = results.filter((r) => r.how === how);
        const [routed, ended] = [
            median(mine.map((r) => r.routed)),
            median(mine.map((r) => r.ended)),
        ];
        console.log(
            `${how}: weight 0 routed after ${routed} s, ended after ${ended} s (median of ${mine.length})`,
        );
    }
}

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

function median(values: readonly number[]): string {
    const sorted = [...values].sort((a, b) => a - b);
    return (sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN).toFixed(2);
}

main(Number(process.argv[2] ?? 3)).catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
});
