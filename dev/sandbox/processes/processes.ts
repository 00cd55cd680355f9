// Identifies a process by PID and start time, because the kernel reuses PIDs.
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { z } from "zod";

/** Uniquely identifies a process. */
export const processIdentity = z.object({
    pid: z.number().int().positive(),
    /** Clock ticks since boot, field 22 of /proc/<pid>/stat. */
    startTime: z.number(),
    bootId: z.string(),
});
export type ProcessIdentity = z.infer<typeof processIdentity>;

export function bootId(): string {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Undefined if there is no such process, or if it is a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
    const stat = readStat(pid);
    return stat === undefined || stat.state === "Z" || stat.state === "X"
        ? undefined
        : { pid, startTime: stat.startTime, bootId: bootId() };
}

/** Whether the kernel still lists it: alive, exiting, or not yet reaped. */
export function isListed(identity: ProcessIdentity): boolean {
    return readStat(identity.pid)?.startTime === identity.startTime;
}

function readStat(pid: number): { state: string; startTime: number } | undefined {
    try {
        return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
        return undefined;
    }
}

/** Counts fields from the last parenthesis, because the command name may contain spaces and parentheses. */
export function parseStat(stat: string): { state: string; startTime: number } {
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "X", startTime: Number(fields[19]) };
}

export function isAlive(identity: ProcessIdentity): boolean {
    const now = identify(identity.pid);
    return now?.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** Sends the signal if that process is still alive. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
    if (isAlive(identity)) {
        try {
            process.kill(identity.pid, signal);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
                throw error;
            }
        }
    }
}

/** PIDs of the processes in the namespace pinned at `pin`; empty if there is no such pin. */
export function processesInNamespace(kind: "net" | "mnt", pin: string): number[] {
    const inode = namespaceInode(pin);
    return inode === undefined
        ? []
        : allPids().filter((pid) => linkOf(pid, kind) === `${kind}:[${inode}]`);
}

function namespaceInode(pin: string): number | undefined {
    try {
        return statSync(pin).ino;
    } catch {
        return undefined;
    }
}

function allPids(): number[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number);
}

function linkOf(pid: number, kind: string): string | undefined {
    try {
        return readlinkSync(`/proc/${pid}/ns/${kind}`);
    } catch {
        return undefined;
    }
}
