// Plain-text tables.
import type { Summary } from "./cells";

/** Columns as wide as their widest cell; the first left-aligned, the others right-aligned. */
export function table(rows: readonly (readonly string[])[]): string[] {
    const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    );
    return rows.map((row) =>
        row
            .map((cell, column) => {
                const width = widths[column] ?? 0;
                return column === 0 ? cell.padEnd(width) : cell.padStart(width);
            })
            .join("  ")
            .trimEnd(),
    );
}

/** A fraction as "0.05 %"; "–" for NaN. */
export function percent(part: number): string {
    if (Number.isNaN(part)) return "–";
    return `${Number((100 * part).toPrecision(2))} %`;
}

/** At most three digits; "–" for NaN. */
export function amount(value: number): string {
    if (Number.isNaN(value)) return "–";
    if (value >= 10_000) return `${Number((value / 1_000).toPrecision(3))}k`;
    return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(2)));
}

/** The rolled-back fraction, unless all, and median seconds / requests (or failed requests) until the rollback. */
export function rolledBack(
    summary: Summary,
    counted: "requests" | "failed" | "failedOfAll",
): string {
    const part = partBack(summary);
    const found = amount(summary[counted]);
    if (part === 0) return counted === "failedOfAll" ? `0 % –/${found}` : "0 %";
    const text = `${summary.seconds}/${found}`;
    return part < 0.995 ? `${percent(part)} ${text}` : text;
}

export function partBack(summary: Summary): number {
    return summary.rolledBack + summary.rolledBackAt100;
}

/** Our figure, and the published one in parentheses. */
export function beside(ours: string, published: string | undefined): string {
    return published === undefined ? ours : `${ours} (${published})`;
}
