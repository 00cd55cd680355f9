// How much traffic does a ladder take without a failed request? Finds the sandbox's highest sustained rate, then runs a ladder at 80 % of it.
// npm run bench:load [-- --short]   requires a running sandbox; at most 8 minutes.
import { setTimeout as sleep } from "node:timers/promises";
import { clientRoute } from "../sandbox/demo/clientRoute";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import { Stack } from "../sandbox/demo/stack";
import { versionsOf } from "./harness/results";
import { runBench } from "./harness/runBench";
import { highestHeld, ratesFrom, whyNotHeld } from "./load/held";
import { endOfLoad, type LoadOptions, startLoad } from "./load/loadPod";

const NAMESPACE = "bench-load";
const CLIENTS = "bench-load-client";
const HOST = `web.${NAMESPACE}.svc.cluster.local`;
const LADDER = [10, 25, 50, 100];
/** Milliseconds; far above p99 while there is spare CPU. */
const P99 = 200;
const PART = 0.8;

interface Phase {
    readonly weight: number;
    /** Start of `pulumi up`, milliseconds since the epoch. */
    readonly at: number;
    readonly updateSeconds: number;
    /** From the start of `pulumi up` until the caller's proxy had the weight. */
    readonly routedSeconds: number;
}

runBench("load", async ({ short, signal, onEnd, say, write }) => {
    const target = await sandboxTarget(false);
    const stack = new Stack(target, { name: "mesh-bench-load", namespace: NAMESPACE });
    const up = async (weight: number) => {
        await stack.set("weight", weight);
        const update = await stack.up(signal);
        if (update.exitCode !== 0) throw new Error(update.output);
        return update;
    };
    onEnd("stack", () => stack.remove());
    await stack.init();
    const first = await up(0);
    onEnd("client", () =>
        target.kubectl(["delete", "namespace", CLIENTS, "--ignore-not-found", "--wait=false"]),
    );

    const seconds = short ? 4 : 8;
    const load: LoadOptions = {
        namespace: CLIENTS,
        url: `http://${HOST}/`,
        rates: short ? [50, 100] : ratesFrom(200, 5_000),
        seconds,
        stop: true,
        p99: P99,
    };
    await startLoad(target, load, signal);
    const search = await endOfLoad(target, load, signal);
    const highest = highestHeld(search.steps, load);
    for (const step of search.steps.filter(({ requests }) => requests > 0)) {
        say(`${JSON.stringify(step)} ${whyNotHeld(step, load) ?? "sustained"}`);
    }
    if (highest === undefined)
        throw new Error(
            `The sandbox did not sustain the lowest rate, ${load.rates[0]} requests/s.`,
        );

    const rate = Math.floor(highest.rate * PART);
    const ladder = short ? LADDER.slice(0, 1) : LADDER;
    const hold = short ? 3 : 15;
    const whole: LoadOptions = {
        ...load,
        rates: [rate],
        // No phase takes longer than the first deployment of the whole app.
        seconds: Math.ceil(ladder.length * (hold + 5 + 1.5 * first.seconds) + 2 * hold),
        stop: false,
    };
    await startLoad(target, whole, signal);
    const begun = Date.now();
    await sleep(hold * 1_000, undefined, { signal });
    const phases: Phase[] = [];
    for (const weight of ladder) {
        const { startedAt, seconds: updateSeconds } = await up(weight);
        const route = await routed(weight);
        const routedSeconds = (route.since - startedAt) / 1_000;
        phases.push({ weight, at: startedAt, updateSeconds, routedSeconds });
        say(JSON.stringify(phases.at(-1)));
        await sleep(hold * 1_000, undefined, { signal });
    }
    const ladderSeconds = (Date.now() - begun) / 1_000;
    const { steps, failures } = await endOfLoad(target, whole, signal);
    const [all] = steps;
    const failed = all?.failed ?? 0;

    async function routed(weight: number) {
        for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
            const route = await clientRoute(target, CLIENTS, HOST);
            if (route !== undefined && (route.weights.v2 ?? 0) === weight) return route;
            await sleep(200, undefined, { signal });
        }
        throw new Error(`The caller's proxy did not receive weight ${weight} within 30 s.`);
    }

    const ms = (value: number | undefined) => value?.toFixed(1) ?? "–";
    await write({
        name: "load",
        question: "How much traffic does a ladder take without a failed request?",
        versions: await versionsOf(target),
        values: { search, highest, rate, phases, ladderSeconds, whole: { all, failures } },
        tables: [
            {
                title: `Highest sustained rate: ${highest.rate} requests/s`,
                columns: ["requests/s", "sent", "failed", "p50 ms", "p99 ms", "sustained"],
                rows: search.steps
                    .filter(({ requests }) => requests > 0)
                    .map((step) => [
                        ...[step.rate, step.requests, step.failed].map(String),
                        ...[ms(step.p50), ms(step.p99)],
                        whyNotHeld(step, load) ?? "yes",
                    ]),
                note: `Each rate for ${seconds} s, open loop, from one client through its sidecar to three pods. Sustained: no failure, at least 99 % of the requests sent on time, p99 at most ${P99} ms. The run stops shortly after the first rate that is not sustained.`,
            },
            {
                title: `A ladder at ${rate} requests/s: ${failed} of ${all?.requests ?? "?"} requests failed`,
                columns: ["weight", "pulumi up with the pack, s", "until routed, s", "failed"],
                rows: phases.map(({ weight, at, updateSeconds, routedSeconds }, index) => [
                    `${weight} %`,
                    updateSeconds.toFixed(2),
                    routedSeconds.toFixed(2),
                    String(
                        failures.filter(
                            (one) => one.at >= at && one.at < (phases[index + 1]?.at ?? Infinity),
                        ).length,
                    ),
                ]),
                note: `p50 ${ms(all?.p50)} ms, p99 ${ms(all?.p99)} ms, maximum ${ms(all?.max)} ms. Pulumi, its policy host and the whole sandbox share the same CPUs.`,
            },
        ],
        plots: [
            {
                title: "p99 by rate",
                kind: "line",
                x: { name: "requests per second" },
                y: { name: "ms", log: true },
                series: (["p50", "p99"] as const).map((name) => ({
                    name,
                    points: search.steps.flatMap((step) =>
                        step.requests > 0 ? [[step.rate, step[name] ?? null] as const] : [],
                    ),
                })),
            },
        ],
    });
    return [
        ...(all === undefined || all.requests === 0 ? ["the ladder had no traffic"] : []),
        ...(failed > 0 ? [`${failed} requests failed during the ladder`] : []),
        ...(ladderSeconds > whole.seconds ? ["the load ended before the ladder"] : []),
    ];
});
