// One long-running program of the sandbox: started detached, with no supervisor; known by its record, found by its cgroup.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Layout } from "../layout";
import { partCgroup, processesInCgroup } from "../node/cgroups";
import { insideNamespaces } from "../node/namespaces";
import { lastLines, run } from "./command";
import { commandHash, readRecord, removeRecord, writeRecord } from "./daemonRecord";
import { identify, isAlive, signalProcess } from "./processes";

/** What makes one daemon different from another. */
export interface Daemon {
    /** Names its log, its record and its cgroup. */
    readonly name: string;
    /** Steps of `up` that must be done before it can start. */
    readonly after: readonly string[];
    /** Program and arguments. */
    readonly command: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    /** `sandbox` is the default: inside its namespaces. */
    readonly on?: "sandbox" | "host";
    /** A URL that answers below 400, or a command that ends with 0; asked inside the namespaces unless `on` is `host`. */
    readonly health: { readonly url: string } | { readonly command: readonly string[] };
    /** Where it can be reached, for people. */
    readonly address?: string;
    /** Seconds until it must be healthy; by default 60. */
    readonly startTimeout?: number;
    /** Its children (containerd's shims) outlive a restart of it. */
    readonly keepsChildren?: boolean;
}

/** A daemon that did not become healthy: how, the last lines of its log, and where the rest is. */
export class DaemonFailed extends Error {
    override readonly name = "DaemonFailed";
    constructor(
        readonly daemon: string,
        readonly reason: string,
        readonly log: string,
    ) {
        super(`${daemon} ${reason}\n${indent(logTail(log, 15))}\nThe whole log: ${log}`);
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
        return { name, state: "stopped", reason: known ? "ended" : "not started", address };
    }
    const running = { name, pid: known.process.pid, since: known.since, address };
    const reason = await unhealthy(layout, daemon);
    return reason === undefined
        ? { ...running, state: "healthy" }
        : { ...running, state: "unhealthy", reason };
}

/**
 * Makes sure that the daemon runs with this very command and is healthy; one that does is left alone.
 * @returns whether it had to be started.
 * @throws DaemonFailed when it ends, or is not healthy in time; it is then stopped again.
 */
export async function startDaemon(
    layout: Layout,
    daemon: Daemon,
    options: { signal: AbortSignal; onWait: (reason: string) => void },
): Promise<boolean> {
    const known = readRecord(layout, daemon.name);
    const asWanted = known?.command === commandHash(daemon) && isAlive(known.process);
    if (asWanted && (await unhealthy(layout, daemon)) === undefined) {
        return false;
    }
    await stopDaemon(layout, daemon);
    const log = logFile(layout, daemon.name);
    const exited = await launch(layout, daemon, log);
    try {
        await ready(layout, daemon, log, exited.how, options);
        return true;
    } catch (error) {
        await stopDaemon(layout, daemon);
        throw error;
    }
}

/** Asks it to end, waits, and insists after 10 s. Also ends what an interrupted start left without a record. */
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
 * Born in its cgroup, its own session, and with a log file for its output: nothing ties it to this process.
 * @returns once it is where `down` finds it: a promise of how it ends.
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
        child.once("error", (error) => resolve(`could not be run: ${error.message}`));
        child.once("exit", (code, signal) =>
            resolve(code === null ? `was ended by ${signal}` : `ended with exit code ${code}`),
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

/** The machine's own programs: the sandbox does not depend on what the user's shell has on PATH. */
const nodePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Races: healthy, ended, too late, interrupted. */
async function ready(
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
        const reason = await unhealthy(layout, daemon, options.signal);
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

/** Why it is not healthy; undefined when it is. */
async function unhealthy(
    layout: Layout,
    daemon: Daemon,
    signal?: AbortSignal,
): Promise<string | undefined> {
    const { health } = daemon;
    const ask =
        "url" in health
            ? ["curl", "-fsSk", "--noproxy", "*", "--max-time", "3", "-o", "/dev/null", health.url]
            : health.command;
    const enter = daemon.on === "host" ? [] : insideNamespaces(layout);
    try {
        await run([...enter, ...ask], { signal, timeout: 5000 });
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
