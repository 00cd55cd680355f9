// Splits rows into tasks that a worker runs: some rollouts of a row with one revision's analysis.
import type { Pool } from "../../harness/pool";
import { drawFrom } from "../random";
import { type Beginning, beginningOf, rolloutFrom } from "./beginnings";
import { ERROR, type Outcome } from "./drive";
import { oracleOf } from "./oracle";
import { analysisCode } from "./revision";
import { REPETITIONS } from "./row";
import { DISTANCES, FAULTS_OF, ROWS } from "./rows";
import { seedOf } from "./seeds";

export interface Task {
    readonly row: string;
    /** Folder of the analysis. */
    readonly root: string;
    /** Numbers of the rollouts. */
    readonly from: number;
    readonly to: number;
    /** Whether the oracle decides. */
    readonly oracle?: boolean;
}

export type ShapesPool = Pool<Task, Outcome[]>;

/** Rollouts of a task. */
const SIZE = 50;
/** Rollouts that share a beginning. */
const SHARED = 25;
const FEWEST = 2;

/** @param part fraction of the repetitions */
export function tasksOf(name: string, root: string, part: number, oracle = false): Task[] {
    const { repetitions = REPETITIONS } = rowOf(name);
    const all = Math.max(FEWEST, Math.round(repetitions * part));
    return Array.from({ length: Math.ceil(all / SIZE) }, (_, k) => ({
        row: name,
        root,
        from: k * SIZE,
        to: Math.min(all, (k + 1) * SIZE),
        oracle,
    }));
}

export function perform({ row: name, root, from, to, oracle }: Task): Outcome[] {
    const row = rowOf(name);
    const code = analysisCode(root);
    const fault = oracle ? FAULTS_OF.get(name) : undefined;
    const beginnings = new Map<number, Beginning>();
    return Array.from({ length: to - from }, (_, k) => {
        const number = from + k;
        const index = Math.floor(number / SHARED);
        const beginning = beginnings.get(index) ?? beginningOf(code, row, index);
        beginnings.set(index, beginning);
        const judge = fault && oracleOf(fault);
        const draw = drawFrom(seedOf(name, number));
        try {
            return rolloutFrom(beginning, code, row, draw, judge);
        } catch (error) {
            // The other rollouts and rows still tell something.
            return { end: "held", seconds: row.horizon, failed: 0, reason: `${ERROR}${error}` };
        }
    });
}

function rowOf(name: string) {
    const row = [...ROWS, ...DISTANCES].find((one) => one.name === name);
    if (row === undefined) throw new Error(`Row: expected a name of the table, got "${name}".`);
    return row;
}
