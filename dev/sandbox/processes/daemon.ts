// A daemon of the sandbox: started detached, without a supervisor; identified by its record, found by its cgroup.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Layout } from "../layout";
import { partCgroup, processesInCgroup } from "../node/cgroups";
import { insideNamespaces } from "../node/namespaces";
import { readRecord, removeRecord, writeRecord } from "./daemonRecord";
import { identify, isAlive, signalProcess } from "./processes";
import { lastLines, run } from "./runCommand";

/** Description of a daemon. */
export interface Daemon {
    /** Names its log, its record and its cgroup. */
    readonly name: string;
    /** Steps of `up` that must complete before it starts. */
    readonly after: readonly string[];
    /** Program and arguments. */
    readonly command: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    /** `sandbox`: inside the sandbox's namespaces. Default: `sandbox`. */
    readonly on?: "sandbox" | "host";
    /** A URL that returns a status below 400, or a command that exits with 0; checked inside the namespaces unless `on` is `host`. */
    readonly health: { readonly url: string } | { readonly command: readonly string[] };
    /** Its address, for display. */
    readonly address?: string;
    /** Seconds until it must be healthy. Default: 60. */
    readonly startTimeout?: number;
    /** Its children survive its restart, such as containerd's shims. */
    readonly keepsChildren?: boolean;
}

/** A daemon did not become healthy. The message has the reason, the last lines of its log, and the log's path. */
export class DaemonFailed extends Error {
    override readonly name = "DaemonFailed";
    constructor(
        readonly daemon: string,
        readonly reason: string,
        readonly log: string,
    ) {
        super(`${daemon} ${reason}\n${indent(logTail(log, 15))}\nFull log: ${log}`);
    }
}

export interface DaemonStatus {
    readonly name: string;
    readonly state: "healthy" | "unhealthy" | "stopped";
    readonly pid?: number;
    readonly since?: string;
    readonly address?: string;
    /** Why it is not healthy. */
    readonly reason?: string;
}

export function logFile(layout: Layout, name: string): string {
    return path.join(layout.logsDir, `${name}.log`);
}

export async function daemonStatus(layout: Layout, daemon: Daemon): Promise<DaemonStatus> {
    const { name, address } = daemon;
    const known = readRecord(layout, name);
    if (known === undefined || !isAlive(known.process)) {
        return { name, state: "stopped", reason: known ? "exited" : "not started", address };
    }
    const running = { name, pid: known.process.pid, since: known.since, address };
    const reason = await unhealthyReason(layout, daemon);
    return reason === undefined
        ? { ...running, state: "healthy" }
        : { ...running, state: "unhealthy", reason };
}

/**
 * Starts the daemon unless it already runs with this command and is healthy.
 * @returns whether it started the daemon.
 * @throws DaemonFailed if the daemon exits or is not healthy in time, after stopping it.
 */
export async function startDaemon(
    layout: Layout,
    daemon: Daemon,
    options: { signal: AbortSignal; onWait: (reason: string) => void },
): Promise<boolean> {
    const known = readRecord(layout, daemon.name);
    const isCurrent = known?.command === commandHash(daemon) && isAlive(known.process);
    if (isCurrent && (await unhealthyReason(layout, daemon)) === undefined) {
        return false;
    }
    await stopDaemon(layout, daemon);
    const log = logFile(layout, daemon.name);
    const exited = await launch(layout, daemon, log);
    try {
        await waitUntilHealthy(layout, daemon, log, exited.how, options);
        return true;
    } catch (error) {
        await stopDaemon(layout, daemon);
        throw error;
    }
}

/** Sends SIGTERM, and SIGKILL after 10 s. Also stops processes that an interrupted start left without a record. */
export async function stopDaemon(layout: Layout, daemon: Daemon): Promise<void> {
    const known = readRecord(layout, daemon.name);
    const own = daemon.keepsChildren
        ? known && isAlive(known.process)
            ? [known.process]
            : []
        : processesInCgroup(partCgroup(layout.id, daemon.name)).flatMap(
              (pid) => identify(pid) ?? [],
          );
    const deadline = Date.now() + 10_000;
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        for (const each of own) {
            signalProcess(each, signal);
        }
        while (own.some(isAlive) && (signal === "SIGKILL" || Date.now() < deadline)) {
            await sleep(20);
        }
    }
    removeRecord(layout, daemon.name);
}

/**
 * Starts the process in its cgroup and its own session, with its output in a log file, independent of this process.
 * @returns a promise of how it exits, once the process is in its cgroup, where `down` finds it.
 */
async function launch(
    layout: Layout,
    daemon: Daemon,
    log: string,
): Promise<{ readonly how: Promise<string> }> {
    mkdirSync(path.dirname(log), { recursive: true });
    const cgroup = partCgroup(layout.id, daemon.name);
    const output = openSync(log, "a");
    const enter = daemon.on === "host" ? [] : insideNamespaces(layout);
    const child = spawn(
        "sh",
        [
            ...["-c", 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"', "sh", cgroup],
            ...enter,
            ...daemon.command,
        ],
        {
            cwd: "/",
            detached: true,
            env: { PATH: nodePath, HOME: "/root", LANG: "C.UTF-8", ...daemon.env },
            stdio: ["ignore", output, output],
        },
    );
    closeSync(output);
    child.unref();
    const how = new Promise<string>((resolve) => {
        child.once("error", (error) => resolve(`could not be started: ${error.message}`));
        child.once("exit", (code, signal) =>
            resolve(code === null ? `was killed by ${signal}` : `exited with code ${code}`),
        );
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity !== undefined) {
        writeRecord(layout, daemon.name, {
            process: identity,
            since: new Date().toISOString(),
            command: commandHash(daemon),
        });
        while (isAlive(identity) && !processesInCgroup(cgroup).includes(identity.pid)) {
            await sleep(5);
        }
    }
    return { how };
}

/** System directories only, so that the sandbox does not depend on the user's PATH. */
const nodePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Returns when the daemon is healthy; throws if it exits first, times out, or is interrupted. */
async function waitUntilHealthy(
    layout: Layout,
    daemon: Daemon,
    log: string,
    exited: Promise<string>,
    options: { signal: AbortSignal; onWait: (reason: string) => void },
): Promise<void> {
    const seconds = daemon.startTimeout ?? 60;
    const deadline = Date.now() + seconds * 1000;
    let end: string | undefined;
    void exited.then((how) => {
        end = how;
    });
    for (;;) {
        options.signal.throwIfAborted();
        const reason = await unhealthyReason(layout, daemon, options.signal);
        if (end !== undefined) {
            throw new DaemonFailed(daemon.name, end, log);
        }
        if (reason === undefined) {
            return;
        }
        if (Date.now() > deadline) {
            throw new DaemonFailed(
                daemon.name,
                `was not healthy within ${seconds} s: ${reason}`,
                log,
            );
        }
        options.onWait(reason);
        await Promise.race([exited, sleep(100)]);
    }
}

/** Why the daemon is not healthy; undefined if it is. */
async function unhealthyReason(
    layout: Layout,
    daemon: Daemon,
    signal?: AbortSignal,
): Promise<string | undefined> {
    const { health } = daemon;
    const check =
        "url" in health
            ? ["curl", "-fsSk", "--noproxy", "*", "--max-time", "3", "-o", "/dev/null", health.url]
            : health.command;
    const enter = daemon.on === "host" ? [] : insideNamespaces(layout);
    try {
        await run([...enter, ...check], { signal, timeout: 5000 });
        return undefined;
    } catch (error) {
        return lastLines((error as Error).message, 1);
    }
}

export function logTail(log: string, count: number): string {
    try {
        return lastLines(readFileSync(log, "utf8"), count);
    } catch {
        return "(no log)";
    }
}

function indent(text: string): string {
    return text.replace(/^/gm, "    ");
}

function commandHash(daemon: Daemon): string {
    const what = JSON.stringify([daemon.command, daemon.env ?? {}, daemon.on ?? "sandbox"]);
    return createHash("sha256").update(what).digest("hex").slice(0, 16);
}
