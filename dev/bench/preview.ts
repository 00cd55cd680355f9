// What does the policy pack add to a preview? The same preview with and without it, in turns, on 1, 50 and 200 apps.
// npm run bench:preview [-- ROUNDS] [--short]   on a sandbox that is up; prints every run, then ratios of medians.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../checkout";
import { interruptible } from "../sandbox/demo/interruptible";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import type { Target } from "../sandbox/demo/target";
import { list, median } from "./harness/median";
import { runBench } from "./harness/runBench";

const PROGRAM = path.join(__dirname, "programs", "apps");
const PACK = path.join(CHECKOUT, "dist", "policy");
/** As a checkout has it: bundled, and started without a compiler. */
const OWN_PACK = path.join(CHECKOUT, "policy");
/** As many policies that judge nothing: what of the difference is CrossGuard's own. */
const EMPTY = path.join(__dirname, "programs", "emptyPack");
const SIZES = [1, 50, 200];
const WAYS = [
    ["without", []],
    ["with", ["--policy-pack", PACK]],
    ["checkout", ["--policy-pack", OWN_PACK]],
    ["empty", ["--policy-pack", EMPTY]],
] as const;

runBench("preview", async ({ short, rounds = short ? 1 : 5, signal, onEnd, say }) => {
    const target = await sandboxTarget(false);
    const folder = await mkdtemp(path.join(tmpdir(), "bench-preview-"));
    onEnd("folder", () => rm(folder, { recursive: true }));
    // As an installed package has it: compiled ahead.
    await execa("npm", ["run", "--silent", "build"], { cwd: CHECKOUT, signal });
    const run = (apps: number, args: string[]) => pulumi(target, folder, apps, args, signal);
    onEnd("stack", () => pulumi(target, folder, 1, ["stack", "rm", "--yes"]));
    await run(1, ["stack", "init", "--no-select"]);
    for (const apps of short ? [1] : SIZES) {
        const seconds = Object.fromEntries(WAYS.map(([how]) => [how, [] as number[]]));
        // The first round fills caches of files and is left out.
        for (let round = 0; round <= rounds; round++) {
            for (const [how, flags] of WAYS) {
                const taken = await run(apps, ["preview", ...flags]);
                if (round > 0) seconds[how]?.push(taken);
            }
        }
        const [without = [], withPack = [], checkout = [], empty = []] = WAYS.map(
            ([how]) => seconds[how],
        );
        const ratio = (values: number[]) => (median(values) / median(without)).toFixed(2);
        say(
            [
                `${apps} apps`,
                `without the pack ${list(without)} s`,
                `with it ${list(withPack)} s, ratio of medians ${ratio(withPack)}`,
                `with the checkout's own ${list(checkout)} s, ratio ${ratio(checkout)}`,
                `with policies that judge nothing ${list(empty)} s, ratio ${ratio(empty)}`,
            ].join("; "),
        );
    }
    return [];
});

/** Seconds that one command took. */
async function pulumi(
    target: Target,
    folder: string,
    apps: number,
    args: string[],
    signal?: AbortSignal,
): Promise<number> {
    const started = performance.now();
    const ended = await interruptible(
        target.pulumiFile,
        [...args, "--non-interactive", "--stack", "bench"],
        {
            cwd: PROGRAM,
            env: { ...target.env, KUBECONFIG: undefined, APPS: String(apps), FOLDER: folder },
            stdin: "ignore",
        },
        signal,
    );
    if (ended.failed) throw ended;
    return (performance.now() - started) / 1000;
}
