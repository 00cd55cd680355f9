// The sandbox's cgroup: all its processes start in it and cannot leave it, so `down` finds every one.
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
    /** All mounted hierarchies. */
    readonly all: readonly string[];
    /** The hierarchy that identifies the sandbox's processes. */
    readonly tracking: string;
}

/** @throws Error if no cgroup file system is mounted. */
export function cgroupHierarchies(mounts = readFileSync("/proc/self/mounts", "utf8")): Hierarchies {
    const found = parseHierarchies(mounts);
    if (found === undefined) {
        throw new Error("No cgroup file system is mounted under /sys/fs/cgroup.");
    }
    return found;
}

/** Prefers cgroup v1: the container runtime uses it wherever one of its controllers is mounted. */
export function parseHierarchies(mounts: string): Hierarchies | undefined {
    const lines = mounts.split("\n").map((line) => line.split(" "));
    const at = (type: string) =>
        lines.filter((f) => f[2] === type).map((f) => ({ dir: f[1] ?? "", options: f[3] ?? "" }));
    const v1 = at("cgroup");
    const withController = (name: string) =>
        v1.find(({ options }) => options.split(",").includes(name))?.dir;
    const v2 = at("cgroup2");
    const tracking = withController("pids") ?? withController("freezer") ?? v2[0]?.dir;
    // A cgroup v2 hierarchy without controllers may be mounted beside v1; containers are placed in it too.
    const all = [...v1, ...v2].map(({ dir }) => dir);
    return tracking === undefined ? undefined : { all, tracking };
}

/** The cgroup of a part, created if needed. A process that writes 0 to its `cgroup.procs` moves there. */
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
 * In cgroup v2, a cgroup only has the controllers that its parent delegates, and the kubelet refuses one without them. If the
 * machine forbids delegation, the kubelet's own error names the missing controllers.
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
                // Not permitted on this machine; see above.
            }
        }
    }
}

/** PIDs in a cgroup and all below it; empty if it does not exist. */
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

/** All of the sandbox's processes: its parts, its pods, and commands of `sandbox exec`. */
export function sandboxProcesses(id: string): number[] {
    return processesInCgroup(path.join(cgroupHierarchies().tracking, id));
}

/** The sandbox's existing cgroups, deepest first. */
export function sandboxCgroups(id: string): string[] {
    return cgroupHierarchies().all.flatMap((hierarchy) => cgroupTree(path.join(hierarchy, id)));
}

/** Removes the cgroups. Retries for 5 s, because a cgroup stays busy briefly after its last process exits. */
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

/** The cgroup and all below it, deepest first; empty if it does not exist. */
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
