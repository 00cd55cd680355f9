// What the processes of one command cost: a command's whole tree, read from /proc while it runs.
import { readdirSync, readFileSync } from "node:fs";

/** Parts of a phase that are processes of their own. */
export type Part =
    | "CLI and engine"
    | "language host"
    | "program"
    | "policy host"
    | "provider"
    | "look-ups"
    | "kubectl"
    | "driver";

export interface SeenProcess {
    readonly part: Part;
    /** Seconds from the start of the watch: first and last seen. */
    readonly began: number;
    readonly ended: number;
    /** Seconds of processor, as last seen; to a hundredth, and without its last moments. */
    readonly cpu: number;
}

export interface Cost {
    readonly processes: readonly SeenProcess[];
    /** Highest sum of all processes' memory, in MB; memory that several share is counted once (PSS). */
    readonly peakMb: number;
}

const TICKS_PER_SECOND = 100;
const EVERY_MS = 20;
/** Adding up a process's pages takes a millisecond or two: not at each look. */
const MEMORY_EVERY = 5;

interface Counted {
    part: Part;
    began: number;
    ended: number;
    cpu: number;
}

/** Begins to watch a process and all that descend from it; the root itself counts. */
export function watchProcesses(root: number): { stop(): Cost } {
    const started = performance.now();
    const seen = new Map<number, Counted>();
    let peakKb = 0;
    let looks = 0;
    const look = () => {
        const now = (performance.now() - started) / 1_000;
        const pids = [root, ...descendants(root)];
        for (const pid of pids) note(seen, pid, now);
        if (looks++ % MEMORY_EVERY === 0) {
            peakKb = Math.max(
                peakKb,
                pids.reduce((sum, pid) => sum + pssKb(pid), 0),
            );
        }
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    return {
        stop() {
            clearInterval(timer);
            return { processes: [...seen.values()], peakMb: peakKb / 1_024 };
        },
    };
}

function note(seen: Map<number, Counted>, pid: number, now: number): void {
    const cpu = processorSeconds(pid);
    if (cpu === undefined) return;
    // What a process runs changes when it replaces itself (sh, then node).
    const part = partOf(read(`/proc/${pid}/cmdline`).replaceAll("\0", " "));
    const known = seen.get(pid);
    if (known === undefined) seen.set(pid, { part, began: now, ended: now, cpu });
    else Object.assign(known, { part, ended: now, cpu });
}

/** Which part a command line is; what nobody names is a look-up (a shell, git, node that resolves a path). */
export function partOf(command: string): Part {
    const [program = ""] = command.split(" ");
    const name = program.split("/").at(-1);
    if (name === "pulumi") return "CLI and engine";
    if (name === "pulumi-language-nodejs") return "language host";
    if (name === "pulumi-resource-kubernetes") return "provider";
    if (name === "kubectl") return "kubectl";
    if (command.includes("bench/phase/driverProcess")) return "driver";
    if (/\/cmd\/run-policy-pack[/.\s]/.test(command)) return "policy host";
    if (/\/cmd\/run(\/|\s|$)/.test(command)) return "program";
    return "look-ups";
}

function descendants(pid: number): number[] {
    return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

/** Of all its threads: a Go program starts others from any of them. */
function children(pid: number): number[] {
    return tasks(pid).flatMap((task) =>
        read(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
    );
}

function tasks(pid: number): string[] {
    try {
        return readdirSync(`/proc/${pid}/task`);
    } catch {
        // It has ended.
        return [];
    }
}

/** Undefined once it has ended. */
function processorSeconds(pid: number): number | undefined {
    // The name, in brackets, may hold spaces.
    const [, fields] = read(`/proc/${pid}/stat`).split(/\)(?=[^)]*$)/);
    const values = fields?.trim().split(" ");
    if (values === undefined || values[0] === "Z") return undefined;
    return (Number(values[11]) + Number(values[12])) / TICKS_PER_SECOND;
}

function pssKb(pid: number): number {
    return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

function read(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}
