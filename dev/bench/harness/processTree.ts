// Peak memory and CPU time, by program, of a command and all its descendants. Linux only: reads /proc.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecaChildProcess, Options } from "execa";
import { interruptible } from "../../sandbox/demo/interruptible";

export interface Used {
    /** Wall-clock time. */
    readonly seconds: number;
    /** Peak resident memory of all processes together; shared pages count once per process. */
    readonly peakMB: number;
    /** CPU seconds by program; misses processes that live shorter than the sampling interval. */
    readonly cpuSeconds: Readonly<Record<string, number>>;
}

const SAMPLE_MS = 50;
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** Runs a command and waits until it exits, even if interrupted. @throws ExecaError if it fails. */
export async function measured(
    file: string,
    args: readonly string[],
    { signal, ...options }: Options,
): Promise<Used & { readonly stdout: string }> {
    const began = performance.now();
    let sampling: ReturnType<typeof sampleTree> = Promise.resolve({ peakMB: 0, cpuSeconds: {} });
    const ended = await interruptible(
        file,
        args,
        { stdin: "ignore", ...options },
        signal,
        (child) => {
            sampling = sampleTree(child);
        },
    );
    const seconds = (performance.now() - began) / 1_000;
    if (ended.failed) throw ended;
    return { ...(await sampling), stdout: String(ended.stdout), seconds };
}

async function sampleTree(child: ExecaChildProcess): Promise<Omit<Used, "seconds">> {
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

/** A process and all its living descendants. */
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

/** Undefined if the process has exited. */
export function processOf(id: number): Process | undefined {
    try {
        const stat = readFileSync(`/proc/${id}/stat`, "utf8");
        // The program's name is in parentheses and may contain any character.
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

/** Children of all its threads, because a Go program starts processes from any of them. */
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
