// Many rollouts of one kind, and what they come to.
import { createHash } from "node:crypto";
import { type Draw, drawFrom } from "./random";
import { type Outcome, type Rule, simulate } from "./rule";
import type { Traffic } from "./traffic";

export interface Cell {
    /** Gives the cell its seed, so that no other cell moves its draws. */
    readonly name: string;
    readonly rule: Rule;
    readonly traffic: (draw: Draw) => Traffic;
    readonly repetitions: number;
    /** Seconds that pass in one draw; 5 unless given. */
    readonly step?: number;
    /** Seconds after which nothing is counted; 1800 unless given. */
    readonly horizon?: number;
}

export interface Summary {
    readonly repetitions: number;
    /** Parts of all rollouts, 0–1: rolled back before weight 100, and at it. */
    readonly rolledBack: number;
    readonly rolledBackAt100: number;
    /** Of those rolled back: median seconds, and means of the canary's requests and failed ones; NaN if there are none. */
    readonly seconds: number;
    readonly requests: number;
    readonly failed: number;
    /** Failed requests until the horizon, mean of all rollouts. */
    readonly failedOfAll: number;
    /** Median and 95th percentile of seconds to weight 100, of those that got there; NaN if none did. */
    readonly to100: number;
    readonly to100Late: number;
}

/** Runs cells with a part of their repetitions: 1 for the whole, little for a short form. */
export type Runner = (cell: Cell) => Summary;

const FEWEST = 3;

export function runnerOf(part: number): Runner {
    return ({ name, rule, traffic, repetitions, step = 5, horizon = 1_800 }) => {
        const draw = drawFrom(createHash("sha256").update(name).digest().readInt32BE());
        const count = Math.max(FEWEST, Math.round(repetitions * part));
        const outcomes = Array.from({ length: count }, () =>
            simulate(rule, traffic(draw), draw, { step, horizon }),
        );
        return summaryOf(outcomes);
    };
}

function summaryOf(outcomes: readonly Outcome[]): Summary {
    const back = outcomes.filter(({ end }) => end === "rolledBack");
    const late = back.filter(({ secondsTo100 }) => secondsTo100 !== undefined);
    const up = outcomes.flatMap(({ secondsTo100 }) => secondsTo100 ?? []);
    return {
        repetitions: outcomes.length,
        rolledBack: (back.length - late.length) / outcomes.length,
        rolledBackAt100: late.length / outcomes.length,
        seconds: quantile(
            back.map(({ seconds }) => seconds),
            0.5,
        ),
        requests: mean(back.map(({ requests }) => requests)),
        failed: mean(back.map(({ failed }) => failed)),
        failedOfAll: mean(outcomes.map(({ failed }) => failed)),
        to100: quantile(up, 0.5),
        to100Late: quantile(up, 0.95),
    };
}

function mean(values: readonly number[]): number {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[], part: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
