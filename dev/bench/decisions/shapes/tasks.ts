// Splits rows into tasks that a worker runs: some rollouts of a row with one revision's analysis.
import type { Pool } from "../../harness/pool";
import { drawFrom } from "../random";
import { type Beginning, beginningOf, rolloutFrom } from "./beginnings";
import { ERROR, type Outcome } from "./drive";
import { oracleOf } from "./oracle";
import { analysisCode } from "./revision";
import { REPETITIONS } from "./row";
import { DISTANCES, distanceOf, ROWS } from "./rows";
import { seedOf } from "./seeds";

export interface Task {
    readonly row: string;
    /** Folder of the analysis. */
    readonly root: string;
    /** Numbers of the rollouts. */
    readonly from: number;
    readonly to: number;
    /** Who decides. Default: the analysis with its protections. */
    readonly judge?: Judging;
}

/** The oracle, or the analysis without what protects a healthy canary from margins, cold starts and bursts. */
export type Judging = "oracle" | "bare";

const BARE = { margin: 0, corroboration: 1, burst: "0s", warmUp: { errors: "0s" } };

export type ShapesPool = Pool<Task, Outcome[]>;

/** Rollouts of a task. */
const SIZE = 50;
/** Rollouts that share a beginning. */
const SHARED = 25;
const FEWEST = 2;

/** @param part fraction of the repetitions */
export function tasksOf(name: string, root: string, part: number, judge?: Judging): Task[] {
    const { repetitions = REPETITIONS } = rowOf(name);
    const all = Math.max(FEWEST, Math.round(repetitions * part));
    return Array.from({ length: Math.ceil(all / SIZE) }, (_, k) => ({
        row: name,
        root,
        from: k * SIZE,
        to: Math.min(all, (k + 1) * SIZE),
        ...(judge !== undefined && { judge }),
    }));
}

export function perform({ row: name, root, from, to, judge: judging }: Task): Outcome[] {
    const named = rowOf(name);
    const row = judging === "bare" ? { ...named, analysis: { ...named.analysis, ...BARE } } : named;
    const code = analysisCode(root);
    const fault = judging === "oracle" ? distanceOf(name) : undefined;
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
