// The application's processes in the sandbox's pods, as this machine sees them: they can crash, which no request can make them do.
import { readdirSync, readFileSync } from "node:fs";

/** Ends the application of a version's pods as the kernel would; of one pod where `one` says so. @returns how many. */
export function crash(version: "v1" | "v2", one = false): number {
    const all = processesOf(version);
    const [first] = all.map(({ pod }) => pod).sort();
    const chosen = one ? all.filter(({ pod }) => pod === first) : all;
    for (const { pid } of chosen) process.kill(pid, "SIGKILL");
    return chosen.length;
}

/** Lets a client send nothing, or go on, with its sidecar as it is. @returns how many processes of it there are. */
export function pauseClient(namespace: string, pause: boolean): number {
    const url = `URL=http://web.${namespace}.`;
    const clients = readdirSync("/proc").filter(
        (name) =>
            /^\d+$/.test(name) &&
            commandOf(name).startsWith("k6\0run") &&
            environmentOf(name).includes(url),
    );
    for (const pid of clients) process.kill(Number(pid), pause ? "SIGSTOP" : "SIGCONT");
    return clients.length;
}

function commandOf(pid: string): string {
    return readProcess(pid, "cmdline");
}

function environmentOf(pid: string): string {
    return readProcess(pid, "environ");
}

/** Empty when it has ended meanwhile. */
function readProcess(pid: string, file: "cmdline" | "environ"): string {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}

function processesOf(version: string): { pid: number; pod: string }[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            const pod = podOf(name, version);
            return pod === undefined ? [] : [{ pid: Number(name), pod }];
        });
}

/** The pod whose application a process is. */
function podOf(pid: string, version: string): string | undefined {
    const command = commandOf(pid);
    if (!command.startsWith("fortio\0") || !command.includes(`X-Version:${version}`)) {
        return undefined;
    }
    const names = environmentOf(pid).split("\0");
    const pod = names.find((one) => one.startsWith("HOSTNAME="))?.slice("HOSTNAME=".length);
    return pod?.startsWith("web-") ? pod : undefined;
}
