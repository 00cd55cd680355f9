// Prints the log of a part.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { addons } from "./addons/addonStatus";
import type { Layout } from "./layout";
import { logFile } from "./processes/daemon";
import { sandboxEnvironment } from "./shellEnvironment";
import { readState } from "./state";

export interface LogsOptions {
    /** Keeps printing new lines. */
    readonly follow: boolean;
    readonly lines: number;
}

/** Names that `showLogs` accepts. */
export function partsWithLogs(layout: Layout): string[] {
    const files = existsSync(layout.logsDir) ? readdirSync(layout.logsDir) : [];
    const daemons = files.map((file) => file.replace(/\.log$/, ""));
    const pods = readState(layout) === undefined ? [] : addons.map(({ name }) => name);
    return [...new Set([...daemons, ...pods])].sort();
}

/** Exit code of the command that prints the log. @throws Error if the part has no log. */
export function showLogs(layout: Layout, part: string, options: LogsOptions): Promise<number> {
    const known = partsWithLogs(layout);
    if (!known.includes(part)) {
        const choice = known.length === 0 ? "none yet" : known.join(", ");
        throw new Error(`No log for part "${part}". Parts with logs: ${choice}.`);
    }
    const state = readState(layout);
    const addon = addons.find(({ name }) => name === part);
    if (addon !== undefined && state !== undefined) {
        const { name, namespace } = addon;
        const follow = options.follow ? ["--follow"] : [];
        return runInTerminal(
            [
                ...["kubectl", "logs", `--namespace=${namespace}`, `deployment/${name}`],
                ...[`--tail=${options.lines}`, ...follow],
            ],
            sandboxEnvironment(layout, state.ports),
        );
    }
    const follow = options.follow ? ["-F"] : [];
    return runInTerminal(["tail", "-n", String(options.lines), ...follow, logFile(layout, part)]);
}

function runInTerminal(command: readonly string[], env = process.env): Promise<number> {
    const [file = "", ...args] = command;
    const child = spawn(file, args, { stdio: "inherit", env });
    const ignore = () => {};
    process.on("SIGINT", ignore);
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code) => {
            process.off("SIGINT", ignore);
            // The user ends `--follow` with Ctrl-C, which is a success.
            resolve(code ?? 0);
        });
    });
}
