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
    try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        if (!command.startsWith("fortio\0") || !command.includes(`X-Version:${version}`))
            return undefined;
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        const pod = environment
            .find((one) => one.startsWith("HOSTNAME="))
            ?.slice("HOSTNAME=".length);
        return pod?.startsWith("web-") ? pod : undefined;
    } catch {
        // It has ended meanwhile.
        return undefined;
    }
}
