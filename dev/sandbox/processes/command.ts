// Runs a program to its end; a failure says what ran, how it ended and the last lines it wrote.
import { execa } from "execa";

export interface CommandOptions {
    readonly input?: string;
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
    /** Milliseconds; by default 120000. */
    readonly timeout?: number;
}

/** A program that did not end with 0. */
export class CommandFailed extends Error {
    override readonly name = "CommandFailed";
    constructor(
        readonly command: readonly string[],
        readonly reason: string,
        readonly output: string,
    ) {
        const tail = lastLines(output, 12);
        super(`${shown(command)} ${reason}${tail === "" ? "" : `\n${tail}`}`);
    }
}

/** Its standard output. @throws CommandFailed */
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
            ? `did not end within ${(options.timeout ?? 120_000) / 1000} s`
            : result.isCanceled
              ? "was interrupted"
              : result.exitCode === undefined
                ? `could not be run: ${(result as { shortMessage?: string }).shortMessage}`
                : `ended with exit code ${result.exitCode}`;
        throw new CommandFailed(command, reason, result.stderr || result.stdout || "");
    }
    return result.stdout;
}

export function lastLines(text: string, count: number): string {
    return text.trimEnd().split("\n").slice(-count).join("\n");
}

function shown(command: readonly string[]): string {
    const text = command.join(" ");
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
