// How far the whole decision is from the best possible: failed requests until the rollback, as a multiple of the oracle's.
import { amount, percent } from "../decisionText";
import type { Outcome } from "./drive";
import { DISTANCES, distanceOf } from "./rows";
import { linesTo, type Shapes, type ShapesOptions } from "./table";
import { type Judging, type ShapesPool, tasksOf } from "./tasks";

const NAME = 28;
const WIDTH = 24;
const HEADS = ["oracle", "before (× oracle)", "after (× oracle)", "after, bare (× oracle)"];

export async function distances(
    { before, after, part, only = "" }: ShapesOptions,
    pool: ShapesPool,
    say: (line: string) => void,
): Promise<Shapes> {
    const { lines, add } = linesTo(say);
    const broken: string[] = [];
    add(`${"".padEnd(NAME)}${HEADS.map((text) => text.padStart(WIDTH)).join("")}  limit`);
    const run = async (row: string, root: string, judge?: Judging) => {
        const tasks = tasksOf(row, root, part, judge);
        return seen((await Promise.all(tasks.map((task) => pool.run(task)))).flat());
    };
    const pending = DISTANCES.filter(({ name }) => name.includes(only)).map((row) => ({
        row,
        sides: Promise.all([
            run(row.name, after, "oracle"),
            run(row.name, before),
            run(row.name, after),
            run(row.name, after, "bare"),
        ]),
    }));
    for (const { row, sides } of pending) {
        const [oracle, was, is, bare] = await sides;
        const { factor, bareFactor, bareSeen = 0 } = distanceOf(row.name);
        const isAbove =
            part === 1 &&
            (is.failed > factor * oracle.failed ||
                bare.failed > bareFactor * oracle.failed ||
                bare.share < bareSeen);
        const found = [was, is, bare].map((one) => text(one, oracle.failed).padStart(WIDTH));
        const verdict = isAbove ? "above" : "ok";
        add(
            `${row.name.padEnd(NAME)}${amount(oracle.failed).padStart(WIDTH)}${found.join("")}  ${verdict}`,
        );
        if (isAbove) {
            const sides = `${text(is, oracle.failed)}, bare ${text(bare, oracle.failed)}`;
            broken.push(`${row.name}: ${sides} of the oracle's`);
        }
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
