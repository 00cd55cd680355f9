// A command that is asked to end once, and left to end in order: Pulumi and the sandbox undo or finish what they have begun.
import { type ExecaChildProcess, type ExecaReturnValue, execa, type Options } from "execa";

/**
 * Runs a command in a process group of its own, so that a terminal's Ctrl-C does not reach it twice; an abort sends it one SIGINT.
 * Does not throw when the command fails; does when it was interrupted, after it has ended.
 * @param started is told of the process while it runs.
 */
export async function interruptible(
    file: string,
    args: readonly string[],
    options: Options,
    signal: AbortSignal | undefined,
    started: (child: ExecaChildProcess) => void = () => undefined,
): Promise<ExecaReturnValue> {
    signal?.throwIfAborted();
    const child = execa(file, args, { ...options, reject: false, detached: true, cleanup: false });
    started(child);
    const interrupt = () => void child.kill("SIGINT", { forceKillAfterTimeout: false });
    signal?.addEventListener("abort", interrupt, { once: true });
    try {
        const result = await child;
        signal?.throwIfAborted();
        return result;
    } finally {
        signal?.removeEventListener("abort", interrupt);
    }
}
