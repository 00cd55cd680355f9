// What does the policy pack add to a preview? The same preview with and without it, in turns, on 1, 50 and 200 apps.
// npm run bench:preview [-- RUNS]   on a sandbox that is up; prints every run, then ratios of medians.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import type { Target } from "../sandbox/demo/target";

const PROGRAM = path.join(__dirname, "programs", "apps");
const PACK = path.join(__dirname, "..", "dist", "policy");
/** As many policies that judge nothing: what of the difference is CrossGuard's own. */
const EMPTY = path.join(__dirname, "programs", "emptyPack");
const SIZES = [1, 50, 200];
const WAYS = [
    ["without", []],
    ["with", ["--policy-pack", PACK]],
    ["empty", ["--policy-pack", EMPTY]],
] as const;

async function main(runs: number): Promise<void> {
    const target = await sandboxTarget(false);
    const folder = await mkdtemp(path.join(tmpdir(), "bench-preview-"));
    // As an installed package has it: compiled ahead.
    await execa("npm", ["run", "--silent", "build"], { cwd: path.join(__dirname, "..") });
    await pulumi(target, folder, 1, ["stack", "init", "--no-select"]);
    try {
        for (const apps of SIZES) {
            const seconds = { without: [], with: [], empty: [] } as Record<string, number[]>;
            // The first round fills caches of files and is left out.
            for (let run = 0; run <= runs; run++) {
                for (const [how, flags] of WAYS) {
                    const taken = await pulumi(target, folder, apps, ["preview", ...flags]);
                    if (run > 0) seconds[how]?.push(taken);
                }
            }
            const [without = [], withPack = [], empty = []] = WAYS.map(([how]) => seconds[how]);
            const ratio = (values: number[]) => (median(values) / median(without)).toFixed(2);
            console.log(
                [
                    `${apps} apps`,
                    `without the pack ${list(without)} s`,
                    `with it ${list(withPack)} s, ratio of medians ${ratio(withPack)}`,
                    `with policies that judge nothing ${list(empty)} s, ratio ${ratio(empty)}`,
                ].join("; "),
            );
        }
    } finally {
        await pulumi(target, folder, 1, ["stack", "rm", "--yes"]);
        await rm(folder, { recursive: true });
    }
}

/** Seconds that one command took. */
async function pulumi(
    target: Target,
    folder: string,
    apps: number,
    args: string[],
): Promise<number> {
    const started = performance.now();
    await execa(target.pulumiFile, [...args, "--non-interactive", "--stack", "bench"], {
        cwd: PROGRAM,
        env: { ...target.env, KUBECONFIG: undefined, APPS: String(apps), FOLDER: folder },
        stdin: "ignore",
    });
    return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function list(values: readonly number[]): string {
    return values.map((value) => value.toFixed(2)).join(" ");
}

main(Number(process.argv[2] ?? 5)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 2;
});
