// The tables and plots of bench:scale.
import { list, median } from "../harness/median";
import type { Plot } from "../harness/plot";
import type { Table } from "../harness/results";
import type { DayPoint } from "./day";
import type { DriversRun } from "./drivers";
import type { MeshPoint } from "./fakeMesh";
import { type StackRun, WAYS, type Way } from "./stacks";
import { costRatios, secondsOf, secondsPerFurtherApp } from "./summary";

const WORDS: Record<Way, string> = {
    one: "a phase of one app",
    all: "a phase of all",
    allOnce: "a phase of all, state written once",
    preview: "preview with the pack",
};

export function stackTable(runs: readonly StackRun[], sizes: readonly number[]): Table {
    const rows = WAYS.flatMap((way) =>
        sizes.map((apps) => {
            const seconds = secondsOf(runs, apps, way);
            const own = runs.filter((run) => run.apps === apps && run.way === way);
            const further = apps === 1 ? "–" : ms(secondsPerFurtherApp(runs, way, apps));
            return [
                WORDS[way],
                String(apps),
                median(seconds).toFixed(2),
                list(seconds),
                ms(median(seconds) / apps),
                further,
                String(median(own.map((run) => run.peakMB))),
                programs(own),
                list(costRatios(runs, way, 10, apps)) || "–",
            ];
        }),
    );
    return {
        title: "One stack with many apps",
        columns: [
            "what",
            "apps",
            "seconds",
            "raw",
            "ms per app",
            "ms per further app",
            "peak MB",
            "processor seconds",
            "per app, against 10",
        ],
        rows,
        note: "All sizes in turns, every other round backwards; medians. Per further app: without what a stack of one takes. Peak: resident memory of all processes of the command together. Pulumi's file backend writes the whole state three times for each app whose weight changes, and once in the update after it (left out here), so that a phase of all grows with the square; `PULUMI_SKIP_CHECKPOINTS=true` writes it once. The largest stack does the former in one round only.",
    };
}

/** Median processor seconds by program, the largest first. */
function programs(runs: readonly StackRun[]): string {
    const names = [...new Set(runs.flatMap(({ cpuSeconds }) => Object.keys(cpuSeconds)))];
    return names
        .map((name) => [name, median(runs.map((run) => run.cpuSeconds[name] ?? 0))] as const)
        .filter(([, seconds]) => seconds >= 0.05)
        .sort(([, a], [, b]) => b - a)
        .map(([name, seconds]) => `${name.replace("pulumi-", "")} ${seconds.toFixed(1)}`)
        .join(", ");
}

export function driversTable(
    runs: readonly DriversRun[],
    counts: readonly number[],
    series: number,
): Table {
    return {
        title: `Many drivers, one Prometheus with ${series} series`,
        columns: [
            "drivers",
            "queries per look",
            "KB per look",
            "Prometheus, CPU ms per look",
            "driver, CPU ms per look",
            "p50 ms",
            "p99 ms",
            "unanswered",
            "Prometheus MB",
        ],
        rows: counts.map((drivers) => {
            const own = runs.filter((run) => run.drivers === drivers);
            const of = (value: (run: DriversRun) => number) => median(own.map(value));
            return [
                String(drivers),
                of((run) => run.queriesPerLook).toFixed(1),
                (of((run) => run.bytesPerLook) / 1e3).toFixed(0),
                of((run) => run.prometheusCpuMsPerLook).toFixed(2),
                of((run) => run.driverCpuMsPerLook).toFixed(2),
                of((run) => run.p50).toFixed(0),
                of((run) => run.p99).toFixed(0),
                String(own.reduce((sum, run) => sum + run.unanswered, 0)),
                of((run) => run.prometheusMB).toFixed(0),
            ];
        }),
        note: "A driver looks once per scrape, every 5 s. Prometheus' processor time is that beyond its scrapes, which go on. All drivers run in one process here: their waiting for each other is in the times.",
    };
}

export function dayTable(points: readonly DayPoint[]): Table {
    return {
        title: "A driver's day",
        columns: ["looks", "heap MB", "resident MB", "journal, bytes per look", "CPU ms per look"],
        rows: points.map((point) => [
            String(point.looks),
            point.heapMB.toFixed(2),
            point.residentMB.toFixed(0),
            String(point.journalBytesPerLook),
            point.cpuMsPerLook.toFixed(2),
        ]),
        note: "By a simulated clock: the run loop, statistics, journal on disk and own metrics are the driver's, Prometheus and the cluster are not. Three callers, each a new pod every ten minutes; a pod is forgotten after six hours, which is until when the journal's lines grow.",
    };
}

export function meshTable(points: readonly MeshPoint[]): Table {
    return {
        title: "The mesh with many apps",
        columns: [
            "apps",
            "patch to proxy, s",
            "the same, scoped",
            "istiod CPU ms per patch",
            "istiod MB",
            "proxy's config KB",
            "scoped",
            "proxy's heap MB",
            "scoped",
        ],
        rows: points.map((point) => [
            String(point.apps),
            list(point.everything, 3),
            list(point.scoped, 3),
            String(point.istiodCpuMsPerPatch),
            String(point.istiodMB),
            String(point.everythingKB),
            String(point.scopedKB),
            point.everythingMB.toFixed(1),
            point.scopedMB.toFixed(1),
        ]),
        note: "Two callers: one whose proxy knows the whole mesh, as by default, and one with a Sidecar that names the one host it calls.",
    };
}

export function plots(
    runs: readonly StackRun[],
    sizes: readonly number[],
    drivers: readonly DriversRun[],
    day: readonly DayPoint[],
    mesh: readonly MeshPoint[],
): Plot[] {
    const counts = [...new Set(drivers.map((run) => run.drivers))].sort((a, b) => a - b);
    const per = (count: number, value: (run: DriversRun) => number) =>
        median(drivers.filter((run) => run.drivers === count).map(value));
    return [
        {
            title: "One stack with many apps: seconds",
            kind: "line",
            x: { name: "apps", log: true },
            y: { name: "seconds", log: true },
            series: WAYS.map((way) => ({
                name: WORDS[way],
                points: sizes.map((apps) => [apps, median(secondsOf(runs, apps, way))] as const),
            })),
        },
        {
            title: "Many drivers, one Prometheus: processor time of one look",
            kind: "line",
            x: { name: "drivers", log: true },
            y: { name: "ms", min: 0 },
            series: [
                {
                    name: "Prometheus",
                    points: counts.map((n) => [n, per(n, (run) => run.prometheusCpuMsPerLook)]),
                },
                {
                    name: "driver",
                    points: counts.map((n) => [n, per(n, (run) => run.driverCpuMsPerLook)]),
                },
            ],
        },
        {
            title: "A driver's day: heap after collection",
            kind: "line",
            x: { name: "looks of 5 s" },
            y: { name: "MB", min: 0 },
            series: [{ name: "heap", points: day.map(({ looks, heapMB }) => [looks, heapMB]) }],
        },
        {
            title: "The mesh with many apps: from a patch to the caller's proxy",
            kind: "scatter",
            x: { name: "apps", log: true },
            y: { name: "seconds", min: 0 },
            series: (["everything", "scoped"] as const).map((which) => ({
                name: which === "scoped" ? "with a Sidecar" : "the whole mesh",
                points: mesh.flatMap((point) =>
                    point[which].map((seconds) => [point.apps, seconds] as const),
                ),
            })),
        },
    ];
}

function ms(seconds: number): string {
    return (1_000 * seconds).toFixed(0);
}
