// Processes in a namespace's pods, as this machine sees them: they can crash or stand still, which no request can make them do.
import { readdirSync, readFileSync } from "node:fs";
import type { Target } from "../../../dev/sandbox/demo/target";

/** Where pods are, and the label that picks some of them. */
export interface Pods {
    readonly target: Target;
    readonly namespace: string;
    readonly selector: string;
}

/** Ends the application of the pods as the kernel would; of one pod where `one` says so. @returns how many. */
export async function crash(pods: Pods, one = false): Promise<number> {
    const uids = await uidsOf(pods);
    const pids = processesOf(one ? uids.slice(0, 1) : uids, "fortio");
    for (const pid of pids) process.kill(pid, "SIGKILL");
    return pids.length;
}

/** Lets a client send nothing, or go on, with its sidecar as it is. @returns how many processes of it there are. */
export async function pauseClient(pods: Pods, pause: boolean): Promise<number> {
    const pids = processesOf(await uidsOf(pods), "k6");
    for (const pid of pids) process.kill(pid, pause ? "SIGSTOP" : "SIGCONT");
    return pids.length;
}

/** What lets all of the pods stand still at once and for good, as on a node that hangs. @returns how many processes it stopped. */
export async function hanging(pods: Pods): Promise<() => number> {
    const uids = await uidsOf(pods);
    return () => {
        const pids = processesOf(uids);
        for (const pid of pids) process.kill(pid, "SIGSTOP");
        return pids.length;
    };
}

/** In the order of the pods' names. */
async function uidsOf({ target, namespace, selector }: Pods): Promise<string[]> {
    const get = ["get", "pods", "-n", namespace, "-l", selector, "--sort-by=.metadata.name"];
    const path = "-o=jsonpath={.items[*].metadata.uid}";
    return (await target.kubectl([...get, path])).stdout.split(" ").filter((uid) => uid !== "");
}

/** Processes in these pods, of a program or all: the kubelet names each pod's cgroup by its uid. */
function processesOf(uids: readonly string[], program?: string): number[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .filter((pid) => !program || read(pid, "cmdline").startsWith(`${program}\0`))
        .filter((pid) => uids.some((uid) => read(pid, "cgroup").includes(`/pod${uid}/`)))
        .map(Number);
}

/** Empty when it has ended meanwhile. */
function read(pid: string, file: "cmdline" | "cgroup"): string {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}
