// Shows what a part has written.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { addons } from "./addons/status";
import { sandboxEnvironment } from "./environment";
import type { Layout } from "./layout";
import { logFile } from "./processes/daemon";
import { readState } from "./state";

export interface LogsOptions {
    /** Goes on showing what comes. */
    readonly follow: boolean;
    readonly lines: number;
}

/** Names that `showLogs` knows now. */
export function partsWithLogs(layout: Layout): string[] {
    const files = existsSync(layout.logsDir) ? readdirSync(layout.logsDir) : [];
    const daemons = files.map((file) => file.replace(/\.log$/, ""));
    const pods = readState(layout) === undefined ? [] : addons.map(({ name }) => name);
    return [...new Set([...daemons, ...pods])].sort();
}

/** Exit code of what shows it. @throws Error when there is no such part. */
export function showLogs(layout: Layout, part: string, options: LogsOptions): Promise<number> {
    const known = partsWithLogs(layout);
    if (!known.includes(part)) {
        const choice =
            known.length === 0 ? "there are no logs yet" : `there are ${known.join(", ")}`;
        throw new Error(`No log of a part "${part}"; ${choice}.`);
    }
    const state = readState(layout);
    const addon = addons.find(({ name }) => name === part);
    if (addon !== undefined && state !== undefined) {
        const { name, namespace } = addon;
        const follow = options.follow ? ["--follow"] : [];
        return shown(
            [
                ...["kubectl", "logs", `--namespace=${namespace}`, `deployment/${name}`],
                ...[`--tail=${options.lines}`, ...follow],
            ],
            sandboxEnvironment(layout, state.ports),
        );
    }
    const follow = options.follow ? ["-F"] : [];
    return shown(["tail", "-n", String(options.lines), ...follow, logFile(layout, part)]);
}

function shown(command: readonly string[], env = process.env): Promise<number> {
    const [file = "", ...args] = command;
    const child = spawn(file, args, { stdio: "inherit", env });
    const ignore = () => {};
    process.on("SIGINT", ignore);
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code) => {
            process.off("SIGINT", ignore);
            // Ended by Ctrl-C is how following ends.
            resolve(code ?? 0);
        });
    });
}
