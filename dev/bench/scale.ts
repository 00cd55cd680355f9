// Does anything grow with the number of apps, drivers or days?
// npm run bench:scale [-- ROUNDS] [--short]   on a sandbox that is up; half an hour, with --short 90 s.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../checkout";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import { list, median } from "./harness/median";
import { versionsOf } from "./harness/results";
import { type Bench, runBench } from "./harness/runBench";
import type { DayPoint } from "./scale/day";
import { driversRuns } from "./scale/drivers";
import { meshPoints } from "./scale/fakeMesh";
import { dayTable, driversTable, meshTable, plots, stackTable } from "./scale/scaleTables";
import { stackRuns, WAYS } from "./scale/stacks";
import { costRatios, heapGrowth } from "./scale/summary";

const FULL = {
    sizes: [1, 10, 50, 200],
    meshApps: [1, 50, 200],
    drivers: [1, 10, 50, 200],
    appsOfPrometheus: 200,
    measureSeconds: 20,
    fillSeconds: 70,
    hours: 24,
    rounds: 3,
};
const SHORT: typeof FULL = {
    sizes: [1, 3],
    meshApps: [1, 3],
    drivers: [1, 3],
    appsOfPrometheus: 3,
    measureSeconds: 3,
    fillSeconds: 8,
    hours: 0.1,
    rounds: 1,
};

const LARGEST_RATIO = 1.2;
const LARGEST_GROWTH = 1.1;

runBench("scale", async (bench) => {
    const form = bench.short ? SHORT : FULL;
    const rounds = bench.rounds ?? form.rounds;
    const target = await sandboxTarget(false);
    const { runs, created } = await part(bench, (own) =>
        stackRuns(target, form.sizes, { ...own, rounds }),
    );
    const mesh = await part(bench, (own) =>
        meshPoints(target, form.meshApps, { ...own, rounds: 2 * rounds }),
    );
    const load = await part(bench, (own) =>
        driversRuns(form.appsOfPrometheus, form.drivers, { ...form, rounds: 1 }, own),
    );
    const day = await dayOf(form.hours, bench);
    await bench.write({
        name: "scale",
        question: "Does anything grow with the number of apps, drivers or days?",
        versions: await versionsOf(target),
        values: { runs, created, mesh, load, day },
        tables: [
            stackTable(runs, form.sizes),
            driversTable(load.runs, form.drivers, load.series),
            dayTable(day),
            meshTable(mesh),
        ],
        plots: plots(runs, form.sizes, load.runs, day, mesh),
    });
    const unanswered = load.runs.reduce((sum, run) => sum + run.unanswered, 0);
    const broken = unanswered > 0 ? [`Prometheus did not answer ${unanswered} looks`] : [];
    if (bench.short) return broken;
    const [smaller, larger] = [10, 200];
    for (const way of WAYS) {
        const ratios = costRatios(runs, way, smaller, larger);
        if (median(ratios) > LARGEST_RATIO) {
            broken.push(
                `${way}: the cost per app at ${larger} apps is ${list(ratios)} × that at ${smaller}`,
            );
        }
    }
    const growth = heapGrowth(day);
    if (growth > LARGEST_GROWTH) {
        broken.push(`the driver's heap grew to ${growth.toFixed(2)} × in a day`);
    }
    return broken;
});

/** Runs a part and takes down what it has made, before the next one is measured. */
async function part<T>(bench: Bench, run: (own: Bench) => Promise<T>): Promise<T> {
    const ends: { what: string; run: () => Promise<unknown> }[] = [];
    let ended: Promise<void> | undefined;
    const end = async () => {
        for (const { what, run } of ends.reverse()) {
            await run().catch((error: Error) => console.error(`${what}: ${error.message}`));
        }
    };
    const once = () => {
        ended ??= end();
        return ended;
    };
    bench.onEnd("part", once);
    try {
        return await run({ ...bench, onEnd: (what, run) => void ends.push({ what, run }) });
    } finally {
        await once();
    }
}

/** A day in a process of its own, whose heap holds nothing else. */
async function dayOf(hours: number, { signal, say, onEnd }: Bench): Promise<DayPoint[]> {
    // Of ours, so that nothing of a day that is interrupted stays.
    const folder = await mkdtemp(path.join(tmpdir(), "bench-scale-"));
    onEnd("folder", () => rm(folder, { recursive: true }));
    const file = path.join(__dirname, "scale", "day.ts");
    const child = execa(
        process.execPath,
        ["--expose-gc", "--require", "tsx/cjs", file, String(hours)],
        { cwd: CHECKOUT, env: { TMPDIR: folder }, stdin: "ignore", signal },
    );
    child.stdout?.on("data", (text: Buffer) => say(String(text).trimEnd()));
    const { stdout } = await child;
    return stdout.split("\n").map((line) => JSON.parse(line));
}
