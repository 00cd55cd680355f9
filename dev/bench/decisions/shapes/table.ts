// The table of shapes: before and after, side by side.
import { amount, percent } from "../decisionText";
import { excessOf, type Summary, summaryOf } from "./outcomes";
import { ROWS } from "./rows";
import { type ShapesPool, tasksOf } from "./tasks";

export interface ShapesOptions {
    /** Folders of the analysis before and after. */
    readonly before: string;
    readonly after: string;
    /** Fraction of the repetitions. Limits apply to all of them only. */
    readonly part: number;
    /** Only rows whose name contains this. */
    readonly only?: string;
}

export interface Shapes {
    readonly lines: readonly string[];
    /** Rows above their limit, one sentence each. */
    readonly broken: readonly string[];
}

const NAME = 52;
const COLUMNS = ["back", "promoted", "held", "s", "failed"];
const WIDTHS = [7, 9, 7, 6, 8];

/** Collects the lines of a table, and says each as soon as it is complete. */
export function linesTo(say: (line: string) => void) {
    const lines: string[] = [];
    const add = (line: string) => {
        lines.push(line.trimEnd());
        say(line.trimEnd());
    };
    return { lines, add };
}

/** @param say receives each line as soon as it is complete */
export async function shapes(
    { before, after, part, only = "" }: ShapesOptions,
    pool: ShapesPool,
    say: (line: string) => void,
): Promise<Shapes> {
    const { lines, add } = linesTo(say);
    const broken: string[] = [];
    const summaries = new Map<string, Summary>();
    const heads = cells(COLUMNS);
    add(`${"".padEnd(NAME)}${"before".padStart(heads.length)} |${"after".padStart(heads.length)}`);
    add(`${"".padEnd(NAME)}${heads} |${heads}  limit`);
    const pending = ROWS.filter(({ name }) => name.includes(only)).map((row) => ({
        row,
        sides: [before, after].map((root) => summarise(pool, row.name, root, part)),
    }));
    for (const { row, sides } of pending) {
        const [was, is] = (await Promise.all(sides)) as [Summary, Summary];
        summaries.set(row.name, is);
        const excess = part < 1 ? [] : excessOf(row.limit, was, is, (name) => summaries.get(name));
        const verdict = excess.length === 0 ? "ok" : `above: ${excess.join(", ")}`;
        add(`${row.name.padEnd(NAME)}${figures(was)} |${figures(is)}  ${verdict}`);
        if (excess.length > 0) broken.push(`${row.name}: ${excess.join(", ")} (${is.reason})`);
    }
    return { lines, broken };
}

async function summarise(
    pool: ShapesPool,
    row: string,
    root: string,
    part: number,
): Promise<Summary> {
    const parts = await Promise.all(tasksOf(row, root, part).map((task) => pool.run(task)));
    return summaryOf(parts.flat());
}

function figures({ back, promoted, held, seconds, failed }: Summary): string {
    const time = Number.isNaN(seconds) ? "–" : String(Math.round(seconds));
    return cells([
        percent(back),
        percent(promoted),
        percent(held),
        time,
        amount(Math.max(0, failed)),
    ]);
}

function cells(texts: readonly string[]): string {
    return texts.map((text, column) => text.padStart(WIDTHS[column] ?? 0)).join("");
}
