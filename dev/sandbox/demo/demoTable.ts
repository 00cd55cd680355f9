// The demo's result table, as text.
import { proportionInterval, z99 } from "../../../canary/analysis/statistics/proportionInterval";
import type { PhaseFigures } from "./requests";

export interface PhaseRow extends PhaseFigures {
    readonly name: string;
    /** Configured weight, 0–100. */
    readonly weight: number;
    /** Seconds that `pulumi up` took, including the preview with the policy pack. */
    readonly updateSeconds: number;
    /** Seconds from the start of `pulumi up` to the first request on the new split. */
    readonly firstRequestSeconds: number | undefined;
}

const headings = [
    "phase",
    "update",
    "first on split",
    "requests",
    "measured share (99 % interval)",
    "p50/p99 v1",
    "p50/p99 v2",
    "failed",
];

export function table(rows: readonly PhaseRow[]): string {
    const lines = [headings, ...rows.map(cells)];
    const widths = headings.map((_, i) => Math.max(...lines.map((l) => (l[i] ?? "").length)));
    const text = lines.map((l) =>
        l
            .map((c, i) => c.padEnd(widths[i] ?? 0))
            .join("  ")
            .trimEnd(),
    );
    const rule = widths.map((w) => "-".repeat(w)).join("  ");
    return [text[0], rule, ...text.slice(1)].join("\n");
}

function cells(row: PhaseRow): string[] {
    return [
        row.name,
        seconds(row.updateSeconds),
        row.firstRequestSeconds === undefined ? "-" : seconds(row.firstRequestSeconds),
        String(row.requests),
        shareText(row),
        latency(row, "v1"),
        latency(row, "v2"),
        String(row.failed),
    ];
}

/** `24.83 % (22.01–27.88) holds 25`: the share, its interval, and whether the interval contains the weight. */
export function shareText(row: PhaseFigures & { readonly weight: number }): string {
    const percent = (x: number) => (100 * x).toFixed(2);
    const { low, high } = row.interval;
    const verdict = holdsWeight(row) ? "holds" : "misses";
    return `${percent(row.share)} % (${percent(low)}–${percent(high)}) ${verdict} ${row.weight}`;
}

/** Whether the share's confidence interval contains the weight. Default `z`: 99 %. */
export function holdsWeight(row: PhaseFigures & { readonly weight: number }, z = z99): boolean {
    const weight = row.weight / 100;
    const { low, high } = proportionInterval(row.toCanary, row.requests, z);
    return low <= weight && weight <= high;
}

function latency(row: PhaseFigures, version: string): string {
    const { p50, p99 } = row.latency[version] ?? {};
    return p50 === undefined || p99 === undefined ? "-" : `${p50.toFixed(1)}/${p99.toFixed(1)} ms`;
}

function seconds(s: number): string {
    return `${s.toFixed(2)} s`;
}
