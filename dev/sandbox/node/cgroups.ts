// The sandbox's cgroup: every process that it starts is born in it and none can leave, so `down` finds all of them.
import {
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    rmdirSync,
    writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Mount points of the cgroup file systems. */
export interface Hierarchies {
    /** All that are mounted. */
    readonly all: readonly string[];
    /** The one whose membership says what is the sandbox's. */
    readonly tracking: string;
}

/** @throws Error when no cgroup file system is mounted. */
export function cgroupHierarchies(mounts = readFileSync("/proc/self/mounts", "utf8")): Hierarchies {
    const found = parseHierarchies(mounts);
    if (found === undefined) {
        throw new Error("No cgroup file system is mounted under /sys/fs/cgroup.");
    }
    return found;
}

/** Version 1 is what the container runtime uses wherever a controller of it is mounted. */
export function parseHierarchies(mounts: string): Hierarchies | undefined {
    const lines = mounts.split("\n").map((line) => line.split(" "));
    const at = (type: string) =>
        lines.filter((f) => f[2] === type).map((f) => ({ dir: f[1] ?? "", options: f[3] ?? "" }));
    const v1 = at("cgroup");
    const withController = (name: string) =>
        v1.find(({ options }) => options.split(",").includes(name))?.dir;
    const v2 = at("cgroup2");
    const tracking = withController("pids") ?? withController("freezer") ?? v2[0]?.dir;
    // Beside version 1, a version 2 without controllers may be mounted, and containers are put there too.
    const all = [...v1, ...v2].map(({ dir }) => dir);
    return tracking === undefined ? undefined : { all, tracking };
}

/** The cgroup of one part; made if need be. A process that writes 0 to its `cgroup.procs` moves there. */
export function partCgroup(id: string, part: string): string {
    const { all, tracking } = cgroupHierarchies();
    for (const hierarchy of all) {
        mkdirSync(path.join(hierarchy, id), { recursive: true });
    }
    const dir = path.join(tracking, id, "parts", part);
    mkdirSync(dir, { recursive: true });
    return dir;
}

/**
 * Under version 2 a cgroup has the controllers that the one above it hands down, and the kubelet refuses one without. Where the
 * machine's own does not hand them down already, and may not be told to, the kubelet says which are missing.
 */
export function handDownControllers(id: string): void {
    const { tracking } = cgroupHierarchies();
    const available = (dir: string) => {
        const file = path.join(dir, "cgroup.controllers");
        return existsSync(file) ? readFileSync(file, "utf8").trim().split(" ") : [];
    };
    for (const dir of [tracking, path.join(tracking, id)]) {
        for (const controller of available(dir).filter((name) => name !== "")) {
            try {
                writeFileSync(path.join(dir, "cgroup.subtree_control"), `+${controller}`);
            } catch {
                // Not to be had here; see above.
            }
        }
    }
}

/** Pids in a cgroup and all below it; none when it is not there. */
export function processesInCgroup(dir: string): number[] {
    return cgroupTree(dir).flatMap((each) => {
        try {
            return readFileSync(path.join(each, "cgroup.procs"), "utf8")
                .split("\n")
                .filter((line) => line !== "")
                .map(Number);
        } catch {
            return [];
        }
    });
}

/** All of the sandbox's processes: its parts, its pods', and what `sandbox exec` runs. */
export function sandboxProcesses(id: string): number[] {
    return processesInCgroup(path.join(cgroupHierarchies().tracking, id));
}

/** The sandbox's cgroups that exist, deepest first. */
export function sandboxCgroups(id: string): string[] {
    return cgroupHierarchies().all.flatMap((hierarchy) => cgroupTree(path.join(hierarchy, id)));
}

/** Removes them; one whose last process is only just gone is busy for a moment. @throws Error after 5 s */
export async function removeCgroups(dirs: readonly string[]): Promise<void> {
    const deadline = Date.now() + 5000;
    for (const dir of dirs) {
        while (existsSync(dir)) {
            try {
                rmdirSync(dir);
            } catch (error) {
                const busy = (error as NodeJS.ErrnoException).code === "EBUSY";
                if (!busy || Date.now() > deadline) {
                    throw error;
                }
                await sleep(20);
            }
        }
    }
}

/** Itself and what is below it, deepest first; empty when it is not there. */
function cgroupTree(dir: string): string[] {
    let names: string[];
    try {
        names = readdirSync(dir, { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => entry.name);
    } catch {
        return [];
    }
    return [...names.flatMap((name) => cgroupTree(path.join(dir, name))), dir];
}
