// Where the time of a phase goes: its parts in their order, from when their processes began and ended.
import type { Phase } from "./measure";
import type { Part } from "./phaseProcesses";

/** In their order; together the whole command, from the edit to its end. */
export const SHARES = [
    "CLI start",
    "policy host start",
    "language host",
    "program load",
    "registration, provider, API server",
    "after the write: rest of the update, stack policies",
] as const;
export type Share = (typeof SHARES)[number];

/**
 * Seconds of each share: CLI until the policy host or, without a pack, the language host that stays is there; that host until
 * the program; the program until the provider, which the first resource of Kubernetes starts; then until the route is
 * written; then until the command ends. Undefined for what has no processes of these kinds, or two commands.
 */
export function sharesOf(phase: Phase): Readonly<Record<Share, number>> | undefined {
    const program = begin(phase, "program");
    const provider = begin(phase, "provider");
    const commands = phase.processes.filter(({ part }) => part === "CLI and engine").length;
    if (program === undefined || provider === undefined || commands > 1) return undefined;
    const hosts = phase.processes.filter(({ part }) => part === "language host");
    // One tells about the runtime and ends at once; the other runs the program.
    const host = Math.max(...hosts.map(({ began }) => began));
    const policy = begin(phase, "policy host");
    const lookUp = phase.processes
        .filter(({ part, began }) => part === "look-ups" && began < program && began > host)
        .map(({ began }) => began);
    const runs = policy === undefined ? host : Math.max(host, ...lookUp);
    const start = policy ?? host;
    return {
        "CLI start": start,
        "policy host start": runs - start,
        "language host": program - runs,
        "program load": provider - program,
        "registration, provider, API server": phase.written - provider,
        "after the write: rest of the update, stack policies": phase.ended - phase.written,
    };
}

/** Seconds of processor by part, as far as it was seen. */
export function processorOf({ processes }: Pick<Phase, "processes">): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { part, cpu } of processes) sums[part] = (sums[part] ?? 0) + cpu;
    return sums;
}

function begin({ processes }: Phase, part: Part): number | undefined {
    return processes.find((one) => one.part === part)?.began;
}
