// What does `istio-canary check` cost, and does it grow with the number of objects? User CPU time of the compiled command.
// npm run bench:check [-- ROUNDS] [--short]   without a sandbox; two minutes.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { manifestsAsData } from "../../tests/fixtures/rollout/rollout";
import { CHECKOUT } from "../checkout";
import { list, median } from "./harness/median";
import { runBench } from "./harness/runBench";

const MAIN = path.join(CHECKOUT, "canary", "dist", "canary", "cli", "main.js");
const SIZES = [1_000, 3_000, 10_000] as const;
const NAMESPACES = 50;
/** Of the cost per object, from the middle size to the largest, to that from the smallest to the middle. */
const LARGEST_GROWTH = 1.5;

runBench("check", async ({ short, rounds = short ? 1 : 5, signal, onEnd, write }) => {
    const sizes = short ? SIZES.map((size) => size / 100) : SIZES;
    const folder = await mkdtemp(path.join(tmpdir(), "bench-check-"));
    onEnd("folder", () => rm(folder, { recursive: true }));
    await execa("npm", ["run", "--silent", "build", "--", "canary"], { cwd: CHECKOUT, signal });
    const fileOf = (size: number) => path.join(folder, `${size}.yaml`);
    for (const size of sizes) await writeFile(fileOf(size), programOf(size));
    const runs = new Map(sizes.map((size) => [size, [] as number[]]));
    for (let round = 0; round < rounds; round++) {
        for (const size of sizes) runs.get(size)?.push(await userSeconds(fileOf(size), signal));
    }
    const medians = sizes.map((size) => median(runs.get(size) ?? []));
    const perObject = sizes.map((size, index) => {
        const added = (medians[index] ?? 0) - (medians[index - 1] ?? 0);
        return (1_000 * added) / (size - (sizes[index - 1] ?? 0));
    });
    const growth = (perObject[2] ?? 0) / (perObject[1] ?? 1);
    await write({
        name: "check",
        question:
            "What does `istio-canary check` cost, and does it grow with the number of objects?",
        versions: {},
        values: Object.fromEntries(runs),
        plots: [],
        tables: [
            {
                title: "User CPU seconds of the command",
                columns: ["objects", "runs", "median", "ms per further object"],
                rows: sizes.map((size, index) => [
                    String(size),
                    list(runs.get(size) ?? []),
                    (medians[index] ?? 0).toFixed(2),
                    index === 0 ? "" : (perObject[index] ?? 0).toFixed(2),
                ]),
                note: `Growth of the cost per object: ${growth.toFixed(2)}.`,
            },
        ],
    });
    if (short || growth <= LARGEST_GROWTH) return [];
    return [`the cost per object grows by at most ${LARGEST_GROWTH}, got ${growth.toFixed(2)}`];
});

/** Rollouts of different apps, up to a number of objects. */
function programOf(size: number): string {
    const app = JSON.stringify(manifestsAsData({ weight: 10, stableOnlyPaths: [] }));
    const documents: string[] = [];
    for (let index = 0; documents.length < size; index++) {
        const namespace = `ns${index % NAMESPACES}`;
        const own = app
            .replaceAll("web", `web${index}`)
            .replaceAll('"demo"', `"${namespace}"`)
            .replaceAll(".demo.", `.${namespace}.`);
        documents.push(...JSON.parse(own).map((one: unknown) => `---\n${stringify(one)}`));
    }
    return documents.slice(0, size).join("");
}

async function userSeconds(file: string, signal: AbortSignal): Promise<number> {
    const script = `require(${JSON.stringify(MAIN)}).main(["check", ${JSON.stringify(file)}]).then((code) => {
        if (code !== 0) process.exitCode = code;
        console.error(process.cpuUsage().user);
    })`;
    const { stderr } = await execa(process.execPath, ["-e", script], { signal });
    return Number(stderr) / 1e6;
}
