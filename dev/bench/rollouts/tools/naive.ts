// The program of bench/programs/naive, driven by hand: a weight, `pulumi up`, and a wait, by the clock.
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { CHECKOUT } from "../../../checkout";
import { interruptible } from "../../../sandbox/demo/interruptible";
import type { Place, Release, Tool } from "../tool";

/** Seconds between two weights, and after the last: as the script's. */
const DWELL = 60;

const LADDER = [10, 50, 100];
const PROGRAM = path.join(CHECKOUT, "dev", "bench", "programs", "naive");

export const naive: Tool = {
    id: "naive",
    title: "Pulumi by hand",
    settings: `${LADDER.join(", ")} %, ${DWELL} s each`,
    // Without evidence, what it does with a bad canary is what the script does.
    only: ["S13"],
    minutes: () => 6,
    // Pulumi runs for each weight.
    load: 4,
    atOnce: 1,
    open,
};

async function open({ target, namespace, signal, onClose }: Place): Promise<Release> {
    const stack = `mesh-${namespace}`;
    const pulumi = async (over: AbortSignal | undefined, ...args: string[]) => {
        const all = [...args, "--stack", stack, "--non-interactive"];
        const options = { cwd: PROGRAM, env: target.env, all: true, stdin: "ignore" } as const;
        const { exitCode, all: output } = await interruptible(
            target.pulumiFile,
            all,
            options,
            over,
        );
        if (exitCode !== 0) throw new Error(output);
    };
    const weight = async (over: AbortSignal, value: number) => {
        await pulumi(over, "config", "set", "weight", String(value));
        await pulumi(over, "up", "--yes", "--skip-preview");
    };
    onClose(async () => {
        // What an interrupted update has locked.
        await pulumi(undefined, "cancel", "--yes").catch(() => undefined);
        await pulumi(undefined, "destroy", "--yes");
        await pulumi(undefined, "stack", "rm", "--yes");
    });
    // One that a killed run left is gone on with.
    await execa(target.pulumiFile, ["stack", "init", stack, "--no-select", "--non-interactive"], {
        cwd: PROGRAM,
        env: target.env,
        stdin: "ignore",
        reject: false,
    });
    await pulumi(signal, "config", "set", "namespace", namespace);
    await pulumi(signal, "config", "set", "image", target.images.app);
    await weight(signal, 0);
    return {
        async run(over) {
            for (const value of LADDER) {
                await weight(over, value);
                await sleep(DWELL * 1_000, undefined, { signal: over });
            }
            return { outcome: "promoted", reason: "nobody looks" };
        },
        back: (over) => weight(over, 0),
    };
}
