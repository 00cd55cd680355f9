// What the raw values of bench:scale come to.
import { median } from "../harness/median";
import type { DayPoint } from "./day";
import type { StackRun, Way } from "./stacks";

/** Seconds of one size and way, round by round. */
export function secondsOf(runs: readonly StackRun[], apps: number, way: Way): number[] {
    return runs.filter((run) => run.apps === apps && run.way === way).map((run) => run.seconds);
}

/** Seconds per app of the larger stack, as a multiple of that of the smaller one in the same round. */
export function costRatios(
    runs: readonly StackRun[],
    way: Way,
    smaller: number,
    larger: number,
): number[] {
    const of = (apps: number) => runs.filter((run) => run.apps === apps && run.way === way);
    return of(larger).flatMap(({ round, seconds }) => {
        const small = of(smaller).find((run) => run.round === round);
        return small === undefined ? [] : [seconds / larger / (small.seconds / smaller)];
    });
}

/** What each app beyond the first costs: medians, the stack of one app taken off. Stricter, as nothing fixed is shared out. */
export function secondsPerFurtherApp(runs: readonly StackRun[], way: Way, apps: number): number {
    const alone = median(secondsOf(runs, 1, way));
    return (median(secondsOf(runs, apps, way)) - alone) / (apps - 1);
}

/** Heap at a day's end, as a multiple of what it was after its first quarter. */
export function heapGrowth(points: readonly DayPoint[]): number {
    const early = points[Math.floor(points.length / 4)];
    return (points.at(-1)?.heapMB ?? Number.NaN) / (early?.heapMB ?? Number.NaN);
}
