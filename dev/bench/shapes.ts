// Is the decision right in the shapes of real traffic? Issue 15's table, simulated on raw counters, before and after.
// npm run bench:shapes [-- --short] [-- --before <revision>] [-- --row <part of a name>]   no cluster; minutes, seconds with --short.
// Exit code 1 if a row is above its limit.
import { parseArgs } from "node:util";
import { poolOf } from "./decisions/shapes/pool";
import { DEFAULT_REVISION, extractRevision, WORKING_TREE } from "./decisions/shapes/revision";
import { shapes } from "./decisions/shapes/table";

const THREADS = 2;
/** Fraction of the repetitions in the short form. */
const SHORT = 0.01;

async function main(): Promise<void> {
    const { values } = parseArgs({
        options: {
            short: { type: "boolean", default: false },
            before: { type: "string", default: DEFAULT_REVISION },
            row: { type: "string" },
        },
    });
    const pool = poolOf(THREADS);
    const began = performance.now();
    const { broken } = await shapes(
        {
            before: extractRevision(values.before),
            after: WORKING_TREE,
            part: values.short ? SHORT : 1,
            only: values.row,
        },
        pool,
        (line) => process.stdout.write(`${line}\n`),
    );
    await pool.close();
    const seconds = Math.round((performance.now() - began) / 1_000);
    process.stdout.write(`\n${seconds} s\n`);
    for (const line of broken) process.stdout.write(`above the limit: ${line}\n`);
    if (broken.length > 0) process.exitCode = 1;
}

if (require.main === module) void main();
