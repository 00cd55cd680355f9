// What does one weight phase cost, from the edit until every sidecar has the new split, and where does the time go?
// npm run bench:phase [-- ROUNDS] [--short]   on a sandbox that is up; dev/bench/README.md tells how to read it.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import { versionsOf } from "./harness/results";
import { runBench } from "./harness/runBench";
import { DriverProcess } from "./phase/engineProcess";
import { type Phase, phaseBy, phaseByDriver } from "./phase/measure";
import { brokenChecks, plots, tables } from "./phase/phaseTables";
import { emptyCaches, FIRST_WEIGHT, setUp } from "./phase/scene";
import { sidecars } from "./phase/splitTime";
import { DRIVER, NAMESPACES, STACKS, waysOf } from "./phase/ways";

const ROUNDS = 7;
const COLD_ROUNDS = 3;
const NEXT_WEIGHT = 25;

runBench("phase", async (bench) => {
    const { short, signal, onEnd, say } = bench;
    const target = await sandboxTarget(false);
    const folder = await mkdtemp(path.join(tmpdir(), "bench-phase-"));
    onEnd("temporary files", () => rm(folder, { recursive: true, force: true }));
    const advisory = path.join(folder, "advisory.json");
    await writeFile(advisory, JSON.stringify({ all: "advisory" }));
    await setUp(target, bench);
    const pods = await sidecars(target);
    const ways = waysOf(target, advisory).filter(({ long }) => !(short && long));
    const names = [...ways.map(({ name }) => name), DRIVER];
    const phases: Phase[] = [];
    const weightOf = new Map<string, number>();

    async function round(number: number, cold: boolean): Promise<Phase[]> {
        const taken: Phase[] = [];
        // Forwards, then backwards, so that none always comes after the same other.
        const order = number % 2 === 0 ? names : [...names].reverse();
        for (const name of order) {
            signal.throwIfAborted();
            const way = ways.find((one) => one.name === name);
            if (cold && way?.sameWhenCold) continue;
            const temporary = path.join(folder, String(names.indexOf(name)));
            if (cold) await emptyCaches(temporary);
            await mkdir(temporary, { recursive: true });
            const namespace = way?.namespace ?? NAMESPACES.ours;
            const before = weightOf.get(namespace) ?? FIRST_WEIGHT;
            const weight = before === FIRST_WEIGHT ? NEXT_WEIGHT : FIRST_WEIGHT;
            const at = { target, pods, cold, round: number, weight, temporary };
            taken.push(way === undefined ? await byDriver(at) : await phaseBy(way, at));
            weightOf.set(namespace, weight);
            say(taken.slice(-1).map(line).join());
        }
        return taken;
    }

    async function byDriver(at: Parameters<typeof phaseBy>[1]): Promise<Phase> {
        const driver = await DriverProcess.start(target, STACKS.ours, at.temporary);
        try {
            return await phaseByDriver(driver, at);
        } finally {
            await driver.stop();
        }
    }

    if (!short) {
        for (let number = 0; number < COLD_ROUNDS; number++) {
            phases.push(...(await round(number, true)));
        }
        say("Once by each way, left out: it fills what the cold rounds have emptied.");
        await round(0, false);
    }
    const rounds = bench.rounds ?? (short ? 1 : ROUNDS);
    for (let number = 0; number < rounds; number++) phases.push(...(await round(number, false)));
    await bench.write({
        name: "phase",
        question: "What does one weight phase cost, and where does the time go?",
        versions: await versionsOf(target),
        values: phases,
        tables: tables(phases, names),
        plots: plots(phases, names),
    });
    return brokenChecks(phases, names);
});

function line({ way, cold, weight, written, routed, ended, peakMb }: Phase): string {
    const seconds = [written, routed, ended].map((value) => value.toFixed(2)).join(" / ");
    return `${cold ? "cold" : "warm"} ${way}: weight ${weight} written / routed / ended after ${seconds} s, ${peakMb.toFixed(0)} MB`;
}
