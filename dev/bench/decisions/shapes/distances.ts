// How far the whole decision is from the best possible: failed requests until the rollback, as a multiple of the oracle's.
import { amount, percent } from "../decisionText";
import type { Outcome } from "./drive";
import { DISTANCES, FAULTS_OF } from "./rows";
import { linesTo, type Shapes, type ShapesOptions } from "./table";
import { type ShapesPool, tasksOf } from "./tasks";

const NAME = 28;
const WIDTH = 24;

export async function distances(
    { before, after, part, only = "" }: ShapesOptions,
    pool: ShapesPool,
    say: (line: string) => void,
): Promise<Shapes> {
    const { lines, add } = linesTo(say);
    const broken: string[] = [];
    const heads = ["oracle", "before (× oracle)", "after (× oracle)"];
    add(`${"".padEnd(NAME)}${heads.map((text) => text.padStart(WIDTH)).join("")}  limit`);
    const run = async (row: string, root: string, oracle: boolean) => {
        const tasks = tasksOf(row, root, part, oracle);
        return seen((await Promise.all(tasks.map((task) => pool.run(task)))).flat());
    };
    const pending = DISTANCES.filter(({ name }) => name.includes(only)).map((row) => ({
        row,
        sides: Promise.all([
            run(row.name, after, true),
            run(row.name, before, false),
            run(row.name, after, false),
        ]),
    }));
    for (const { row, sides } of pending) {
        const [oracle, was, is] = await sides;
        const { factor = Number.POSITIVE_INFINITY } = FAULTS_OF.get(row.name) ?? {};
        const { backAtLeast = 0 } = row.limit;
        const isAbove =
            part === 1 && (is.share < backAtLeast || is.failed > factor * oracle.failed);
        const found = [was, is].map((one) => text(one, oracle.failed).padStart(WIDTH));
        const verdict = isAbove ? "above" : "ok";
        add(
            `${row.name.padEnd(NAME)}${amount(oracle.failed).padStart(WIDTH)}${found.join("")}  ${verdict}`,
        );
        if (isAbove) broken.push(`${row.name}: ${text(is, oracle.failed)} of the oracle's`);
    }
    return { lines, broken };
}

interface Seen {
    /** Share rolled back. */
    readonly share: number;
    /** Of those: failed requests beyond the stable's, mean. */
    readonly failed: number;
}

function seen(outcomes: readonly Outcome[]): Seen {
    const back = outcomes.filter(({ end }) => end === "rolledBack");
    const failed = back.reduce((sum, one) => sum + one.failed, 0) / back.length;
    return { share: back.length / outcomes.length, failed };
}

function text({ share, failed }: Seen, oracle: number): string {
    const part = share < 1 ? `${percent(share)} seen, ` : "";
    return `${part}${amount(failed)} (${(failed / oracle).toFixed(1)})`;
}
