// Kills or pauses processes in pods from the machine, to simulate crashes and hangs that no request can cause.
import { readdirSync, readFileSync } from "node:fs";
import type { Target } from "../../../dev/sandbox/demo/target";

/** Selects pods by namespace and label. */
export interface Pods {
    readonly target: Target;
    readonly namespace: string;
    readonly selector: string;
}

/** Kills the application of the pods with SIGKILL, or of the first pod only if `one`. @returns the number of killed processes. */
export async function crash(pods: Pods, one = false): Promise<number> {
    const uids = await uidsOf(pods);
    const pids = processesOf(one ? uids.slice(0, 1) : uids, "fortio");
    for (const pid of pids) process.kill(pid, "SIGKILL");
    return pids.length;
}

/** Pauses or resumes a client, but not its sidecar. @returns the number of its processes. */
export async function pauseClient(pods: Pods, pause: boolean): Promise<number> {
    const pids = processesOf(await uidsOf(pods), "k6");
    for (const pid of pids) process.kill(pid, pause ? "SIGSTOP" : "SIGCONT");
    return pids.length;
}

/** @returns a function that stops all processes of the pods at once, as on a node that hangs, and returns their number. */
export async function hanging(pods: Pods): Promise<() => number> {
    const uids = await uidsOf(pods);
    return () => {
        const pids = processesOf(uids);
        for (const pid of pids) process.kill(pid, "SIGSTOP");
        return pids.length;
    };
}

/** UIDs of the pods, ordered by pod name. */
async function uidsOf({ target, namespace, selector }: Pods): Promise<string[]> {
    const get = ["get", "pods", "-n", namespace, "-l", selector, "--sort-by=.metadata.name"];
    const path = "-o=jsonpath={.items[*].metadata.uid}";
    return (await target.kubectl([...get, path])).stdout.split(" ").filter((uid) => uid !== "");
}

/** PIDs in these pods, of a program or all. The kubelet names each pod's cgroup after its UID. */
function processesOf(uids: readonly string[], program?: string): number[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .filter((pid) => !program || read(pid, "cmdline").startsWith(`${program}\0`))
        .filter((pid) => uids.some((uid) => read(pid, "cgroup").includes(`/pod${uid}/`)))
        .map(Number);
}

/** Empty if the process has exited meanwhile. */
function read(pid: string, file: "cmdline" | "cgroup"): string {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}
