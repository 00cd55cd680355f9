// Runs many simulated rollouts of one kind and summarises them.
import { createHash } from "node:crypto";
import { type Outcome, type Rule, simulate } from "./decisionRule";
import { type Draw, drawFrom } from "./random";
import type { Traffic } from "./traffic";

export type Cell = RuleCell | OwnCell;

interface Named {
    /** Unique. Seeds the cell's random draws, so that they do not depend on other cells. Renaming a cell changes its figures. */
    readonly name: string;
    readonly repetitions: number;
}

/** A rule in simulated traffic. */
export interface RuleCell extends Named {
    readonly rule: Rule;
    readonly traffic: (draw: Draw) => Traffic;
    /** Seconds per draw. Default: 5. */
    readonly step?: number;
    /** Seconds after which the simulation ends. Default: 1800. */
    readonly horizon?: number;
}

/** A simulation of its own. */
export interface OwnCell extends Named {
    readonly simulate: (draw: Draw) => Outcome;
}

export interface Summary {
    readonly repetitions: number;
    /** Fractions of all rollouts, 0–1: rolled back before weight 100, and at it. */
    readonly rolledBack: number;
    readonly rolledBackAt100: number;
    /** Of the rolled-back rollouts: median seconds, and means of the canary's requests and failed requests; NaN without any. */
    readonly seconds: number;
    readonly requests: number;
    readonly failed: number;
    /** Failed requests until the horizon, mean over all rollouts. */
    readonly failedOfAll: number;
    /** Median and 95th percentile of seconds to weight 100, over the rollouts that reached it; NaN without any. */
    readonly to100: number;
    readonly to100Late: number;
}

/** Gives the summary of a cell. */
export type Runner = (cell: Cell) => Summary;

const MIN_REPETITIONS = 3;

/** Runs a cell with a fraction of its repetitions: 1 for all, less for the short form. */
export function runCell(cell: Cell, part: number): Summary {
    const draw = drawFrom(createHash("sha256").update(cell.name).digest().readInt32BE());
    const count = Math.max(MIN_REPETITIONS, Math.round(cell.repetitions * part));
    return summaryOf(Array.from({ length: count }, () => outcomeOf(cell, draw)));
}

function outcomeOf(cell: Cell, draw: Draw): Outcome {
    if ("simulate" in cell) return cell.simulate(draw);
    const { rule, traffic, step = 5, horizon = 1_800 } = cell;
    return simulate(rule, traffic(draw), draw, { step, horizon });
}

export function summaryOf(outcomes: readonly Outcome[]): Summary {
    const rolledBack = outcomes.filter(({ end }) => end === "rolledBack");
    const late = rolledBack.filter(({ secondsTo100 }) => secondsTo100 !== undefined);
    const up = outcomes.flatMap(({ secondsTo100 }) => secondsTo100 ?? []);
    return {
        repetitions: outcomes.length,
        rolledBack: (rolledBack.length - late.length) / outcomes.length,
        rolledBackAt100: late.length / outcomes.length,
        seconds: quantile(
            rolledBack.map(({ seconds }) => seconds),
            0.5,
        ),
        requests: mean(rolledBack.map(({ requests }) => requests)),
        failed: mean(rolledBack.map(({ failed }) => failed)),
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
