// What many seeds came to.
import type { Simulated } from "./simulate";

export interface Summary {
    readonly seeds: number;
    readonly outcomes: Readonly<Record<string, number>>;
    /** Processes of the driver: one for each seed, and one after each death. */
    readonly processes: number;
    /** Faults that were injected, and virtual seconds. */
    readonly faults: number;
    readonly seconds: number;
    /** The longest time of an unsafe weight without outages, as a part of its bound. */
    readonly unsafe: number;
    readonly broken: readonly Broken[];
}

export interface Broken {
    readonly seed: number;
    readonly violation: string;
}

export const EMPTY: Summary = {
    seeds: 0,
    outcomes: {},
    processes: 0,
    faults: 0,
    seconds: 0,
    unsafe: 0,
    broken: [],
};

export function add(before: Summary, more: Simulated | Summary): Summary {
    const one = "seeds" in more ? more : summaryOf(more);
    const outcomes = { ...before.outcomes };
    for (const [outcome, count] of Object.entries(one.outcomes)) {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
    }
    return {
        seeds: before.seeds + one.seeds,
        outcomes,
        processes: before.processes + one.processes,
        faults: before.faults + one.faults,
        seconds: before.seconds + one.seconds,
        unsafe: Math.max(before.unsafe, one.unsafe),
        broken: [...before.broken, ...one.broken].sort((a, b) => a.seed - b.seed),
    };
}

function summaryOf(one: Simulated): Summary {
    const { seed, outcome, processes, faults, seconds, unsafe, violations } = one;
    const [violation] = violations;
    const broken = violation === undefined ? [] : [{ seed, violation }];
    return { seeds: 1, outcomes: { [outcome]: 1 }, processes, faults, seconds, unsafe, broken };
}

export function brokenText({ seed, violation }: Broken): string {
    return `seed ${seed}: ${violation}`;
}

export function summaryText(summary: Summary, took: number): string {
    const { seeds, outcomes, processes, faults, seconds, unsafe, broken } = summary;
    const count = (number: number) => Math.round(number).toLocaleString("en");
    const ends = Object.entries(outcomes)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([outcome, number]) => `${outcome} ${count(number)}`);
    const lines = [
        `${count(seeds)} simulated rollouts in ${count(took)} s: ${ends.join(", ")}.`,
        `${count(seconds / 3_600)} hours of simulated time, ${count(processes)} processes of the driver, ${count(faults)} faults.`,
        `A canary that fails everything kept a weight for at most ${count(100 * unsafe)} % of the bound without outages.`,
        `Broken invariants: ${broken.length === 0 ? "none" : broken.length}`,
        ...broken.slice(0, 40).map((one) => `  ${brokenText(one)}`),
    ];
    return `${lines.join("\n")}\n`;
}
