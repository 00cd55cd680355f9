// `npm run demo`: a real cluster, live traffic, a canary up the ladder with `pulumi up`, and a rollback. Leaves nothing running.
import { parseArgs } from "node:util";
import { z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { elapsed } from "../toolchain";
import { Client } from "./client";
import { phase, rollback, up } from "./ladder";
import { type OnEnd, openTarget } from "./openTarget";
import { phaseFigures } from "./requests";
import { Stack } from "./stack";
import { holdsWeight, type PhaseRow, table } from "./table";

const usage = `Usage: npm run demo -- [options]

Takes a service from v1 to v2 at 10, 25, 50 and 100 % under live traffic, each phase a \`pulumi up\`, then rolls back a broken build.
Boots the sandbox if it is not up, and takes it down again if it was not.

  --context NAME   use the cluster of this kubeconfig context instead of the sandbox (it needs Istio)
  --rate N         requests per second (default 100)
  --hold SECONDS   how long each phase is held (default 12)
  --help           this text

Exit code: 0 done, 1 the demo did not show what it should, 2 it could not run, 130 interrupted.`;

const ladder = [10, 25, 50, 100];
const namespace = "canary-demo";
const clientNamespace = "canary-demo-client";

/** @returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
    const { values } = parseArgs({
        args: [...args],
        options: {
            context: { type: "string" },
            rate: { type: "string", default: "100" },
            hold: { type: "string", default: "12" },
            help: { type: "boolean", default: false },
        },
    });
    if (values.help) {
        console.log(usage);
        return 0;
    }
    const interrupt = new AbortController();
    const onSignal = () => {
        if (!interrupt.signal.aborted) {
            say("\nInterrupted: taking down what the demo started.");
            interrupt.abort(new Error("interrupted"));
        }
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    const cleanups: { readonly what: string; readonly run: () => Promise<void> }[] = [];
    const started = Date.now();
    try {
        return await demo(
            {
                context: values.context,
                rate: positive("--rate", values.rate),
                hold: positive("--hold", values.hold),
                signal: interrupt.signal,
            },
            (what, run) => cleanups.push({ what, run }),
        );
    } catch (error) {
        if (interrupt.signal.aborted) {
            return 130;
        }
        console.error(error instanceof Error ? error.message : error);
        return 2;
    } finally {
        for (const { what, run } of cleanups.reverse()) {
            await run().catch((error) => console.error(`${what}: ${error.message}`));
        }
        say(`The demo took ${elapsed(Date.now() - started)}.`);
    }
}

interface DemoOptions {
    readonly context: string | undefined;
    readonly rate: number;
    readonly hold: number;
    readonly signal: AbortSignal;
}

async function demo(options: DemoOptions, onEnd: OnEnd): Promise<number> {
    const { signal } = options;
    const target = await openTarget(options.context, signal, onEnd);
    say(`Running on ${target.name}.`);
    const stack = new Stack(target, { name: "demo", namespace });
    onEnd("stack demo", () => stack.remove());
    await stack.init();
    await stack.edit((config) => {
        for (const version of Object.values(config.versions)) {
            version.image = target.images.app;
        }
    });
    say("v1 with 3 replicas takes all of the traffic, v2 with 1 takes none: pulumi up");
    await up({ stack, signal, say });

    const host = `web.${namespace}.svc.cluster.local`;
    const client = new Client(target, {
        namespace: clientNamespace,
        url: `http://${host}/`,
        rate: options.rate,
        maxMinutes: 15,
    });
    onEnd("client", () => client.stop());
    await client.start(signal);
    say(`A client sends ${options.rate} requests a second through its sidecar.`);

    const scene = { target, stack, client, clientNamespace, host, say, live, ...options };
    const rows: PhaseRow[] = [];
    for (const weight of ladder) {
        rows.push(await phase(scene, weight));
    }
    const healthy = phaseFigures(client.requests, 0, Date.now(), "v2", []);
    const back = await rollback(scene);

    say(`\n${table(rows)}\n`);
    say(`Failed requests on the whole ladder: ${healthy.failed} of ${healthy.requests}.`);
    say(
        `Rollback: v2 answered ${back.answered} requests and the client saw ${back.failed} failures; ` +
            `weight 0 was in its proxy ${back.routedSeconds.toFixed(2)} s after the start of pulumi up ` +
            `(which took ${back.updateSeconds.toFixed(2)} s); failures after that: ${back.failedAfter}.`,
    );
    return verdict(rows, healthy.failed, back.failedAfter);
}

/** The demo's exit code, and in words what it did not show. */
function verdict(rows: readonly PhaseRow[], failures: number, failedAfter: number): number {
    const complaints = [
        ...(failures > 0 ? [`${failures} requests failed on the healthy ladder`] : []),
        ...(failedAfter > 0 ? [`${failedAfter} requests failed after the rollback`] : []),
        ...rows
            .filter((row) => !holdsWeight(row, z9999))
            .map((row) => `the share at ${row.name} is not what was asked for`),
    ];
    for (const complaint of complaints) {
        console.error(`Not shown: ${complaint}.`);
    }
    return complaints.length === 0 ? 0 : 1;
}

function positive(flag: string, value: string): number {
    const number = Number(value);
    if (!(number > 0)) {
        throw new Error(`${flag} must be a number above 0; found ${value}`);
    }
    return number;
}

function say(line: string): void {
    live("");
    console.log(line);
}

/** On a terminal, a line that the next one replaces. */
function live(line: string): void {
    if (process.stdout.isTTY) {
        process.stdout.write(`\r\x1b[2K${line}`);
    }
}
