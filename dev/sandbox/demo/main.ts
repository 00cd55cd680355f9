// `npm run demo`: a rollout up the ladder with `pulumi up` and a rollback, under live traffic on a real cluster.
import { parseArgs } from "node:util";
import { z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { elapsed } from "../toolchain";
import { Client } from "./client";
import { phase, rollback, up } from "./demoLadder";
import { holdsWeight, type PhaseRow, table } from "./demoTable";
import { type OnEnd, openTarget } from "./openTarget";
import { phaseFigures } from "./requests";
import { Stack } from "./stack";

const usage = `Usage: npm run demo -- [options]

Rolls out v2 of a service at 10, 25, 50 and 100 % under live traffic, one \`pulumi up\` per phase, then rolls back a broken build.
Starts the sandbox if it is not up, and stops it again afterwards.

  --context NAME   use this kubeconfig context instead of the sandbox (requires Istio)
  --rate N         requests per second (default: 100)
  --hold SECONDS   how long to hold each phase (default: 12)
  --help           print help

Exit codes: 0 success, 1 a check failed, 2 error, 130 interrupted.`;

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
            say("\nInterrupted: removing what the demo started.");
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
    say("Deploying v1 (3 replicas, 100 % of traffic) and v2 (1 replica, 0 %): pulumi up");
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
    say(`A client sends ${options.rate} requests per second through its sidecar.`);

    const scene = { target, stack, client, clientNamespace, host, say, live, ...options };
    const rows: PhaseRow[] = [];
    for (const weight of ladder) {
        rows.push(await phase(scene, weight));
    }
    const healthy = phaseFigures(client.requests, 0, Date.now(), "v2", []);
    const back = await rollback(scene);

    say(`\n${table(rows)}\n`);
    say(`Failed requests during the rollout: ${healthy.failed} of ${healthy.requests}.`);
    say(
        `Rollback: v2 answered ${back.answered} requests; the client saw ${back.failed} failures. ` +
            `Weight 0 reached the client's proxy ${back.routedSeconds.toFixed(2)} s after pulumi up started ` +
            `(pulumi up took ${back.updateSeconds.toFixed(2)} s). Failures after that: ${back.failedAfter}.`,
    );
    return checkResults(rows, healthy.failed, back.failedAfter);
}

/** Prints the failed checks. @returns the demo's exit code. */
function checkResults(rows: readonly PhaseRow[], failures: number, failedAfter: number): number {
    const failedChecks = [
        ...(failures > 0 ? [`${failures} requests failed during the healthy rollout`] : []),
        ...(failedAfter > 0 ? [`${failedAfter} requests failed after the rollback`] : []),
        ...rows
            .filter((row) => !holdsWeight(row, z9999))
            .map((row) => `the measured share at ${row.name} contradicts the weight`),
    ];
    for (const check of failedChecks) {
        console.error(`Check failed: ${check}.`);
    }
    return failedChecks.length === 0 ? 0 : 1;
}

function positive(flag: string, value: string): number {
    const number = Number(value);
    if (!(number > 0)) {
        throw new Error(`${flag}: expected a number above 0, got ${value}.`);
    }
    return number;
}

function say(line: string): void {
    live("");
    console.log(line);
}

/** Prints a line that the next one replaces; on a terminal only. */
function live(line: string): void {
    if (process.stdout.isTTY) {
        process.stdout.write(`\r\x1b[2K${line}`);
    }
}
