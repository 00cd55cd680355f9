/** The `pulumi` on PATH as the Automation API runs it: in a process group of its own, and without selecting a stack. */
import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { execa } from "execa";

/** What the Automation API asks of a command; its types leave it out. */
interface Runner {
    run(
        args: string[],
        cwd: string,
        env: Record<string, string>,
        onOutput?: (text: string) => void,
        onError?: (text: string) => void,
        signal?: AbortSignal,
    ): Promise<unknown>;
}

interface Internals {
    readonly CommandResult: new (stdout: string, stderr: string, code: number) => object;
    readonly createCommandError: (result: unknown) => Error;
}

/** @throws Error when pulumi is not on PATH. */
export async function pulumiCommand(): Promise<PulumiCommand> {
    const automation: typeof import("@pulumi/pulumi/automation") = require("@pulumi/pulumi/automation");
    const internals: Internals = {
        ...require("@pulumi/pulumi/automation/cmd"),
        ...require("@pulumi/pulumi/automation/errors"),
    };
    let command: PulumiCommand;
    try {
        command = await automation.PulumiCommand.get({ skipVersionCheck: true });
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(
            `pulumi could not be run: ${message}. With the sandbox: eval "$(npx istio-canary sandbox env)"`,
        );
    }
    const runner: Runner = {
        async run(args, cwd, env, _onOutput, _onError, signal) {
            const unread = unreadAnswer(args);
            if (unread !== undefined) return new internals.CommandResult(unread, "", 0);
            const output = await Output.open();
            // A terminal's Ctrl-C is for the driver, which asks first; an abort sends pulumi one SIGINT, so that it ends in order.
            const child = execa(command.command, args, {
                cwd,
                env,
                detached: true,
                cleanup: false,
                reject: false,
                stdio: ["ignore", ...output.descriptors],
            });
            const interrupt = () => void child.kill("SIGINT", { forceKillAfterTimeout: false });
            signal?.addEventListener("abort", interrupt, { once: true });
            if (signal?.aborted) interrupt();
            try {
                const { exitCode = -2 } = await child;
                const { stdout, stderr } = await output.read();
                const result = new internals.CommandResult(stdout, stderr, exitCode);
                // As a message, what pulumi said and nothing around it.
                result.toString = () => saidIn(stdout, stderr) || `exit code ${exitCode}`;
                if (exitCode !== 0) throw internals.createCommandError(result);
                return result;
            } finally {
                signal?.removeEventListener("abort", interrupt);
                await output.remove();
            }
        },
    };
    return Object.assign(command, runner);
}

/**
 * What the Automation API asks and nobody here reads: outputs and history after each update, seconds of it; and whether the stack is
 * there before the first, by a `pulumi stack select` that would make it the one of the user's next `pulumi up`. The command that
 * comes then says so too.
 */
function unreadAnswer([command, what]: readonly string[]): string | undefined {
    if (command !== "stack") return undefined;
    if (what === "select") return "";
    if (what === "output") return "{}";
    return what === "history" ? "[]" : undefined;
}

/** What pulumi says is wrong: its diagnostics, without its progress and what it lists after them. */
export function saidIn(stdout: string, stderr: string): string {
    const [, after] = stdout.split(/^Diagnostics:$/m);
    const diagnostics = after?.split(/^(?:Policies|Outputs|Resources|Duration):/m)[0];
    return diagnostics?.trim() || stderr.trim() || stdout.trim();
}

/** Files, not pipes: when the driver is killed, what it has begun goes on, and writes to nobody. */
class Output {
    private constructor(
        private readonly folder: string,
        private readonly files: readonly [FileHandle, FileHandle],
    ) {}

    static async open(): Promise<Output> {
        const folder = await mkdtemp(path.join(tmpdir(), "canary-pulumi-"));
        const file = (name: string) => open(path.join(folder, name), "w");
        return new Output(folder, [await file("stdout"), await file("stderr")]);
    }

    get descriptors(): [number, number] {
        return [this.files[0].fd, this.files[1].fd];
    }

    async read(): Promise<{ stdout: string; stderr: string }> {
        const text = async (name: string) =>
            (await readFile(path.join(this.folder, name), "utf8")).trimEnd();
        return { stdout: await text("stdout"), stderr: await text("stderr") };
    }

    async remove(): Promise<void> {
        for (const file of this.files) await file.close();
        await rm(this.folder, { recursive: true, force: true });
    }
}
