/** The `pulumi` on PATH as the Automation API runs it: in a process group of its own, and without selecting a stack. */
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
    readonly CommandResult: new (stdout: string, stderr: string, code: number) => unknown;
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
            `pulumi could not be run: ${message}. With the sandbox: eval "$(npx canary sandbox env)"`,
        );
    }
    const runner: Runner = {
        async run(args, cwd, env, onOutput, onError, signal) {
            const unread = unreadAnswer(args);
            if (unread !== undefined) return new internals.CommandResult(unread, "", 0);
            // A terminal's Ctrl-C is for the driver, which asks first; an abort sends pulumi one SIGINT, so that it ends in order.
            const child = execa(command.command, withoutSelecting(args), {
                cwd,
                env,
                detached: true,
                cleanup: false,
                reject: false,
                stdin: "ignore",
            });
            child.stdout?.on("data", (data: Buffer) => onOutput?.(data.toString()));
            child.stderr?.on("data", (data: Buffer) => onError?.(data.toString()));
            const interrupt = () => void child.kill("SIGINT", { forceKillAfterTimeout: false });
            signal?.addEventListener("abort", interrupt, { once: true });
            if (signal?.aborted) interrupt();
            try {
                const { stdout, stderr, exitCode = -2 } = await child;
                const result = new internals.CommandResult(stdout, stderr, exitCode);
                if (exitCode !== 0) throw internals.createCommandError(result);
                return result;
            } finally {
                signal?.removeEventListener("abort", interrupt);
            }
        },
    };
    return Object.assign(command, runner);
}

/** After each update the Automation API asks for outputs and history: seconds, for what nobody here reads. */
function unreadAnswer([command, what]: readonly string[]): string | undefined {
    if (command !== "stack") return undefined;
    if (what === "output") return "{}";
    return what === "history" ? "[]" : undefined;
}

/** `pulumi stack select` would make the driver's stack the one that the user's next `pulumi up` is for. */
function withoutSelecting(args: readonly string[]): string[] {
    return args[0] === "stack" && args[1] === "select" ? ["stack", ...args.slice(2)] : [...args];
}
