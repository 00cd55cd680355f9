// What the processes of one command cost: a command's whole tree, read from /proc while it runs.
import { readFileSync } from "node:fs";
import { treeOf } from "../harness/processTree";

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
        const tree = treeOf(root);
        for (const { id, cpuSeconds } of tree) note(seen, id, cpuSeconds, now);
        if (looks++ % MEMORY_EVERY === 0) {
            peakKb = Math.max(
                peakKb,
                tree.reduce((sum, { id }) => sum + pssKb(id), 0),
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

function note(seen: Map<number, Counted>, pid: number, cpu: number, now: number): void {
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
    if (command.includes("dev/bench/phase/engineProcess")) return "driver";
    if (/\/cmd\/run-policy-pack[/.\s]/.test(command)) return "policy host";
    if (/\/cmd\/run(\/|\s|$)/.test(command)) return "program";
    return "look-ups";
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
