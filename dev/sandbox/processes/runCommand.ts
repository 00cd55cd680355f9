// Runs a command to completion; an error has the command, how it ended and its last lines of output.
import { execa } from "execa";

export interface CommandOptions {
    readonly input?: string;
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
    /** Milliseconds. Default: 120000. */
    readonly timeout?: number;
}

/** A command did not exit with 0. */
export class CommandFailed extends Error {
    override readonly name = "CommandFailed";
    constructor(
        readonly command: readonly string[],
        readonly reason: string,
        readonly output: string,
    ) {
        const tail = lastLines(output, 12);
        super(`${truncate(command)} ${reason}${tail === "" ? "" : `\n${tail}`}`);
    }
}

/** The command's standard output. @throws CommandFailed */
export async function run(
    command: readonly string[],
    options: CommandOptions = {},
): Promise<string> {
    const [file, ...args] = command;
    if (file === undefined) {
        throw new Error("Expected a command, got an empty list.");
    }
    const result = await execa(file, args, {
        cwd: options.cwd,
        env: options.env,
        ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
        signal: options.signal,
        timeout: options.timeout ?? 120_000,
        reject: false,
        maxBuffer: 256 * 1024 * 1024,
    });
    if (result.failed) {
        const reason = result.timedOut
            ? `timed out after ${(options.timeout ?? 120_000) / 1000} s`
            : result.isCanceled
              ? "was interrupted"
              : result.exitCode === undefined
                ? `could not be started: ${(result as { shortMessage?: string }).shortMessage}`
                : `exited with code ${result.exitCode}`;
        throw new CommandFailed(command, reason, result.stderr || result.stdout || "");
    }
    return result.stdout;
}

export function lastLines(text: string, count: number): string {
    return text.trimEnd().split("\n").slice(-count).join("\n");
}

function truncate(command: readonly string[]): string {
    const text = command.join(" ");
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
