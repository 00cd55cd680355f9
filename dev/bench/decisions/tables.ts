// The tables of bench:decisions, and the cells that they need.
import type { Pool } from "../harness/pool";
import { type Cell, type Runner, runCell, type Summary, summaryOf } from "./cells";
import { percent } from "./decisionText";
import { BOUND, falseRollbacks } from "./falseRollbacks";
import { fixedLadder } from "./fixedLadder";
import { gaugeLooks } from "./gaugeLooks";
import { clusters, late } from "./hardCases";
import { latency } from "./latencyCells";
import { faults, healthy } from "./wholeDecision";

interface Found {
    readonly lines: readonly string[];
    /** Exceeded limits, one sentence each. */
    readonly broken?: readonly string[];
}

interface Table {
    readonly title: string;
    /** Formats the table from the summaries of its cells. */
    readonly found: (run: Runner) => Found;
}

const linesOf = (of: (run: Runner) => string[]) => (run: Runner) => ({ lines: of(run) });

export const TABLES: readonly Table[] = [
    {
        title: "1. All rules on one ladder: 10, 25, 50 % for 5 min each, R = 50. Median seconds / failed requests until rollback",
        found: linesOf(fixedLadder),
    },
    {
        title: "2. Our complete decision (a probe and 10, 25, 50, 100 %) and Flagger's. Median seconds until rollback / failed requests of all rollouts in 30 min",
        found: linesOf(faults),
    },
    {
        title: "3. As table 2, with healthy canaries: seconds to the bake (weight 95 or 100), median (95th percentile)",
        found: linesOf(healthy),
    },
    {
        title: `4. False rollbacks of our complete decision: before the bake + in it. Limit: ${percent(BOUND)} for both together`,
        found: falseRollbacks,
    },
    {
        title: "5. Latency: same ladder, stable log-normal with median 60 ms, σ 0.7. Median seconds / canary requests until rollback",
        found: linesOf(latency),
    },
    {
        title: "6. A fault that starts at a random time in the first 15 min, R = 50, p0 = 0.1 %. Failed requests in 30 min",
        found: linesOf(late),
    },
    {
        title: "7. Failures in clusters of five, R = 50, p0 = p1 = 1 %, same ladder",
        found: linesOf(clusters),
    },
    {
        title: "8. A metric of orders per request: rollouts rolled back, and median seconds until then",
        found: linesOf(gaugeLooks),
    },
];

export interface CellTask {
    readonly name: string;
    /** Fraction of the repetitions. */
    readonly part: number;
}

/** Computes the table's cells in the pool, and formats it. */
export async function fill(
    { found }: Table,
    pool: Pool<CellTask, Summary>,
    part: number,
): Promise<Found> {
    const names = cellsOf(found).map(({ name }) => name);
    const summaries = new Map<string, Summary>();
    await Promise.all(
        names.map(async (name) => summaries.set(name, await pool.run({ name, part }))),
    );
    return found(({ name }) => summaries.get(name) ?? summaryOf([]));
}

/** The cells that a table asks for. */
function cellsOf(found: Table["found"]): Cell[] {
    const cells: Cell[] = [];
    found((cell) => {
        cells.push(cell);
        return summaryOf([]);
    });
    return cells;
}

let known: ReadonlyMap<string, Cell> | undefined;

export function performCell({ name, part }: CellTask): Summary {
    known ??= new Map(TABLES.flatMap(({ found }) => cellsOf(found)).map((one) => [one.name, one]));
    const cell = known.get(name);
    if (cell === undefined) throw new Error(`Cell: expected a name of the tables, got "${name}".`);
    return runCell(cell, part);
}
