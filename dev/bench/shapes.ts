// Is the decision right in the shapes of real traffic? Simulated on raw counters, before and after.
// npm run bench:shapes [-- --short] [-- --before <revision>] [-- --after <revision>] [-- --row <part of a name>] [-- --part <fraction of the runs>]   no cluster; minutes, seconds with --short.
// Exit code 1 if a row is above its limit.
import path from "node:path";
import { parseArgs } from "node:util";
import { distances } from "./decisions/shapes/distances";
import type { Outcome } from "./decisions/shapes/drive";
import { DEFAULT_REVISION, extractRevision, WORKING_TREE } from "./decisions/shapes/revision";
import { shapes } from "./decisions/shapes/table";
import { perform, type Task } from "./decisions/shapes/tasks";
import { poolOf } from "./harness/pool";

const TITLE = `Shapes of traffic, simulated. Shares rolled back, promoted, and neither at the horizon; median seconds until the more
frequent of the two ends; the canary's failed requests beyond the stable's share, mean.
`;
const DISTANCES = `
Distance to the best possible: the canary's failed requests beyond the stable's share until weight 0, and in parentheses how many
times as many as with Wald's test that knows both shares, on the same traffic, scrapes and waits. Bare: with margin 0 and without
warm-up and corroboration.
`;

const THREADS = 2;
/** Fraction of the repetitions in the short form. */
const SHORT = 0.01;

async function main(): Promise<void> {
    const { values } = parseArgs({
        options: {
            short: { type: "boolean", default: false },
            before: { type: "string", default: DEFAULT_REVISION },
            after: { type: "string" },
            row: { type: "string" },
            part: { type: "string", default: "1" },
        },
    });
    const file = path.join(__dirname, "decisions", "shapes", "tasks.ts");
    const pool = poolOf<Task, Outcome[]>(THREADS, file, perform.name);
    const began = performance.now();
    const say = (line: string) => process.stdout.write(`${line}\n`);
    const options = {
        before: extractRevision(values.before),
        after: values.after === undefined ? WORKING_TREE : extractRevision(values.after),
        part: values.short ? SHORT : Number(values.part),
        only: values.row,
    };
    say(TITLE);
    const table = await shapes(options, pool, say);
    say(DISTANCES);
    const { broken } = await distances(options, pool, say);
    await pool.close();
    const seconds = Math.round((performance.now() - began) / 1_000);
    process.stdout.write(`\n${seconds} s\n`);
    for (const line of [...table.broken, ...broken])
        process.stdout.write(`above the limit: ${line}\n`);
    if (table.broken.length + broken.length > 0) process.exitCode = 1;
}

if (require.main === module) void main();
