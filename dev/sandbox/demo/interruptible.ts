// Runs a command that gets one SIGINT and then time to finish: Pulumi and the sandbox complete or undo what they started.
import { type ExecaChildProcess, type ExecaReturnValue, execa, type Options } from "execa";

/**
 * Runs a command in its own process group, so that a terminal's Ctrl-C does not reach it twice; an abort sends it one SIGINT.
 * Does not throw if the command fails. Throws if it was interrupted, once it has exited.
 * @param started receives the child process when it starts.
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
