// A test's own Pulumi program, separate from the project's.
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../../dev/checkout";
import type { Target } from "../../../dev/sandbox/demo/target";

export interface Program {
    /** Runs `pulumi config set` for each value. */
    configure(values: Readonly<Record<string, string>>): Promise<void>;
    /** Runs `pulumi up`. Does not throw if it fails: check `exitCode`. */
    up(...flags: string[]): Promise<{ exitCode: number; output: string }>;
    preview(...flags: string[]): Promise<{ exitCode: number; output: string }>;
    /** Destroys the program's resources and removes its stack. */
    remove(): Promise<void>;
}

/** The program in `programs/<name>` with a new stack. */
export async function testProgram(target: Target, name: string): Promise<Program> {
    const cwd = path.join(CHECKOUT, "tests", "mesh", "programs", name);
    const run = async (...args: string[]) => {
        const flags = ["--non-interactive", "--stack", "mesh"];
        const options = {
            cwd,
            env: target.env,
            all: true,
            reject: false,
            stdin: "ignore",
        } as const;
        const { exitCode, all } = await execa(target.pulumiFile, [...args, ...flags], options);
        return { exitCode, output: all ?? "" };
    };
    await run("stack", "init", "--no-select");
    return {
        async configure(values) {
            for (const [key, value] of Object.entries(values)) {
                await run("config", "set", key, value);
            }
        },
        up: (...flags) => run("up", "--yes", ...flags),
        preview: (...flags) => run("preview", ...flags),
        async remove() {
            await run("destroy", "--yes");
            await run("stack", "rm", "--yes");
        },
    };
}
