// Finds what is left of a sandbox without its records: by its cgroup, its namespaces and its paths.
import { existsSync, readFileSync } from "node:fs";
import type { Layout } from "./layout";
import { sandboxCgroups, sandboxProcesses } from "./node/cgroups";
import { processesInNamespace } from "./processes/processes";

export interface Remains {
    readonly processes: readonly number[];
    /** Pins of its namespaces. Unmounting them also removes the interfaces, packet filters and mounts inside. */
    readonly namespaces: readonly string[];
    /** Its mount points in the machine's mount namespace, except the pins; deepest first. */
    readonly mounts: readonly string[];
    readonly cgroups: readonly string[];
    /** Files and folders of the running cluster. */
    readonly files: readonly string[];
}

export function findRemains(layout: Layout): Remains {
    const processes = new Set([
        ...sandboxProcesses(layout.id),
        ...processesInNamespace("net", layout.networkNamespace),
        ...processesInNamespace("mnt", layout.mountNamespace),
    ]);
    const mounts = mountsBelow([layout.runDir, layout.root]);
    const isPin = (point: string) =>
        point === layout.networkNamespace || point === layout.mountNamespace;
    return {
        processes: [...processes],
        namespaces: mounts.filter(isPin),
        mounts: mounts.filter((point) => !isPin(point)),
        cgroups: sandboxCgroups(layout.id),
        files: [layout.runDir, layout.clusterDir, layout.partsDir, layout.stateFile].filter(
            (file) => existsSync(file),
        ),
    };
}

export function isNothing(remains: Remains): boolean {
    return Object.values(remains).every((list: readonly unknown[]) => list.length === 0);
}

/** "31 processes, 2 namespaces, 1 mount, …" */
export function describeRemains(remains: Remains): string {
    const counted: [number, string, string][] = [
        [remains.processes.length, "process", "processes"],
        [remains.namespaces.length, "namespace", "namespaces"],
        [remains.mounts.length, "mount", "mounts"],
        [remains.cgroups.length, "cgroup", "cgroups"],
        [remains.files.length, "file or folder of state", "files and folders of state"],
    ];
    return counted
        .filter(([count]) => count > 0)
        .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
        .join(", ");
}

function mountsBelow(dirs: readonly string[]): string[] {
    return parseMountPoints(readFileSync("/proc/self/mountinfo", "utf8"))
        .filter((point) => dirs.some((dir) => point === dir || point.startsWith(`${dir}/`)))
        .reverse();
}

/** Field 5 of each line of /proc/<pid>/mountinfo, in mount order. The kernel escapes space and backslash as octal. */
export function parseMountPoints(mountinfo: string): string[] {
    return mountinfo
        .split("\n")
        .flatMap((line) => line.split(" ")[4] ?? [])
        .map((point) =>
            point.replace(/\\([0-7]{3})/g, (_, octal) =>
                String.fromCharCode(Number.parseInt(octal, 8)),
            ),
        );
}
