// What a command and all that it starts take: memory at its peak, processor time by program. Linux: read from /proc.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecaChildProcess, Options } from "execa";
import { interruptible } from "../../sandbox/demo/interruptible";

export interface Used {
    /** Wall clock, from start to end. */
    readonly seconds: number;
    /** Resident memory of all its processes together, at its peak; pages that they share count for each. */
    readonly peakMB: number;
    /** Processor seconds, by program; a process that lived for less than a sample is not seen. */
    readonly cpuSeconds: Readonly<Record<string, number>>;
}

const SAMPLE_MS = 50;
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** Runs a command to its end, also when it is interrupted. @throws ExecaError when it fails. */
export async function measured(
    file: string,
    args: readonly string[],
    { signal, ...options }: Options,
): Promise<Used & { readonly stdout: string }> {
    const began = performance.now();
    let sampling: ReturnType<typeof sampled> = Promise.resolve({ peakMB: 0, cpuSeconds: {} });
    const ended = await interruptible(
        file,
        args,
        { stdin: "ignore", ...options },
        signal,
        (child) => {
            sampling = sampled(child);
        },
    );
    const seconds = (performance.now() - began) / 1_000;
    if (ended.failed) throw ended;
    return { ...(await sampling), stdout: String(ended.stdout), seconds };
}

async function sampled(child: ExecaChildProcess): Promise<Omit<Used, "seconds">> {
    const cpu = new Map<string, number>();
    let peak = 0;
    while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        let resident = 0;
        for (const { id, program, cpuSeconds, residentMB } of treeOf(child.pid)) {
            resident += residentMB;
            cpu.set(`${program} ${id}`, cpuSeconds);
        }
        peak = Math.max(peak, resident);
        await sleep(SAMPLE_MS);
    }
    const byProgram: Record<string, number> = {};
    for (const [key, seconds] of cpu) {
        const [program = ""] = key.split(" ");
        byProgram[program] = rounded((byProgram[program] ?? 0) + seconds);
    }
    return { peakMB: Math.round(peak), cpuSeconds: byProgram };
}

interface Process {
    readonly id: number;
    readonly program: string;
    readonly cpuSeconds: number;
    readonly residentMB: number;
}

/** A process and all that it has started, as far as they live. */
export function treeOf(root: number): Process[] {
    const found: Process[] = [];
    for (const waiting = [root]; waiting.length > 0; ) {
        const id = waiting.pop() ?? root;
        const one = processOf(id);
        if (one === undefined) continue;
        found.push(one);
        waiting.push(...childrenOf(id));
    }
    return found;
}

/** Undefined when it has ended. */
export function processOf(id: number): Process | undefined {
    try {
        const stat = readFileSync(`/proc/${id}/stat`, "utf8");
        // The program's name is in parentheses and may have any sign in it.
        const fields = stat
            .slice(stat.lastIndexOf(")") + 2)
            .split(" ")
            .map(Number);
        const [user = 0, system = 0, pages = 0] = [fields[11], fields[12], fields[21]];
        return {
            id,
            program: path.basename(readlinkSync(`/proc/${id}/exe`)),
            cpuSeconds: (user + system) / TICKS_PER_SECOND,
            residentMB: (pages * PAGE_BYTES) / 1e6,
        };
    } catch {
        return undefined;
    }
}

/** Of all its threads: a Go program starts others from any of them. */
function childrenOf(id: number): number[] {
    try {
        return readdirSync(`/proc/${id}/task`).flatMap((task) =>
            readFileSync(`/proc/${id}/task/${task}/children`, "utf8")
                .split(" ")
                .filter(Boolean)
                .map(Number),
        );
    } catch {
        return [];
    }
}

function rounded(value: number): number {
    return Math.round(value * 100) / 100;
}
