// How soon, and how often wrongly, do our rules, Flagger's and Argo's roll back? Simulated: Poisson traffic, fixed seeds.
// npm run bench:decisions [-- --short]   no cluster; minutes on two cores, seconds with --short. Exit code 1 if a limit is exceeded.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Summary } from "./decisions/cells";
import { percent } from "./decisions/decisionText";
import { BOUND } from "./decisions/falseRollbacks";
import { type CellTask, fill, performCell, TABLES } from "./decisions/tables";
import { type Pool, poolOf } from "./harness/pool";

/** Fraction of the repetitions in the short form. */
export const SHORT = 0.004;
const THREADS = 2;

const PREFACE = `Simulated rollouts. R: requests per second to both versions; p0, p1: failure shares of stable and canary.
Ours evaluates scrapes of 15 s (or 5 s), and its steps take effect 5 s later. The other rules' steps take effect at once, and
their metrics have no lag. Failed: failed requests to the canary. In parentheses: figures of the other program's simulation by
which the procedure was chosen.`;

export interface Report {
    readonly text: string;
    /** Exceeded limits, one sentence each. */
    readonly broken: readonly string[];
}

/**
 * @param part fraction of the repetitions
 * @param say receives each table as soon as it is complete
 */
export async function decisions(
    part: number,
    pool: Pool<CellTask, Summary>,
    say: (text: string) => void,
): Promise<Report> {
    const parts: string[] = [];
    const broken: string[] = [];
    const add = (title: string, lines: readonly string[]) => {
        const text = [title, "", ...lines, "", ""].join("\n");
        parts.push(text);
        say(text);
    };
    add("Decision rules of canary releases, simulated", PREFACE.split("\n"));
    const pending = TABLES.map((table) => ({ table, found: fill(table, pool, part) }));
    for (const { table, found } of pending) {
        const { lines, broken: more = [] } = await found;
        add(table.title, lines);
        broken.push(...more);
    }
    if (broken.length > 0) add(`Above the limit of ${percent(BOUND)} false rollbacks`, broken);
    return { text: parts.join(""), broken };
}

async function main(args: readonly string[]): Promise<void> {
    const short = args.includes("--short");
    const file = path.join(__dirname, "decisions", "tables.ts");
    const pool = poolOf<CellTask, Summary>(THREADS, file, performCell.name);
    const say = (part: string) => process.stdout.write(part);
    const { text, broken } = await decisions(short ? SHORT : 1, pool, say);
    await pool.close();
    if (broken.length > 0) process.exitCode = 1;
    if (!short) await writeFile(path.join(__dirname, "results", "decisions.txt"), text);
}

if (require.main === module) void main(process.argv.slice(2));
