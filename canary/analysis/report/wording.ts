/** Numbers, times and outcomes in words; for Markdown, pages and tables alike. */

import { failedShare } from "../counts/sums";
import type { Arm } from "../statistics/counts";
import type { DecisionReport, Moment, PhaseReport, RolloutReport } from "./rolloutReport";

/** "12,345"; with at most `digits` after the point. */
export function numberText(value: number, digits = 0): string {
    return value.toLocaleString("en-GB", { maximumFractionDigits: digits });
}

/** "1 request", "12,345 requests". */
export function countText(count: number, noun: string): string {
    return `${numberText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A share, 0–1, with three digits: "0.521 %". */
export function percentText(share: number): string {
    return `${Number((100 * share).toPrecision(3))} %`;
}

/** "0.8 s", "45 s", "12 min 5 s", "2 h 3 min". */
export function secondsText(seconds: number): string {
    if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    if (whole < 3_600) return parts(whole, 60, "min", 1, "s");
    return parts(whole, 3_600, "h", 60, "min");
}

function parts(whole: number, big: number, bigUnit: string, small: number, smallUnit: string) {
    const rest = Math.floor((whole % big) / small);
    const first = `${Math.floor(whole / big)} ${bigUnit}`;
    return rest === 0 ? first : `${first} ${rest} ${smallUnit}`;
}

/** "13:12:05", UTC. */
export function clockText({ at }: Moment): string {
    return at.slice(11, 19);
}

/** "2026-11-21 13:12:05 to 13:31:10 UTC". */
export function whenText({ started, ended }: Pick<RolloutReport, "started" | "ended">): string {
    const [from, to] = [started.at.slice(0, 10), ended.at.slice(0, 10)];
    const day = from === to ? "" : `${to} `;
    return `${from} ${clockText(started)} to ${day}${clockText(ended)} UTC`;
}

export const OUTCOME_TEXT: Readonly<Record<RolloutReport["outcome"], string>> = {
    promoted: "Promoted",
    rolledBack: "Rolled back",
    held: "Held",
    unfinished: "Not finished",
};

/** "5 of 1,234 (0.405 %)"; a dash without requests. */
export function failedText(arm: Arm): string {
    const share = failedShare(arm);
    if (share === undefined) return "–";
    return `${numberText(arm.failed)} of ${numberText(arm.requests)} (${percentText(share)})`;
}

/** "6.1 failed requests of a budget of 50". */
export function costText({ failed, budget }: RolloutReport["exposure"]): string {
    const spent = `${numberText(failed, 1)} failed request${failed === 1 ? "" : "s"}`;
    return budget === undefined ? spent : `${spent} of a budget of ${numberText(budget)}`;
}

/** The canary's highest weight that callers had. */
export function highestWeight({ phases }: RolloutReport): number {
    const routed = phases.filter((phase) => phase.routed !== undefined);
    return Math.max(0, ...routed.map(({ weight }) => weight));
}

/** "weight 25", "back to 0". */
export function phaseText({ kind, weight }: Pick<PhaseReport, "kind" | "weight">): string {
    return kind === "rollback" ? "back to 0" : `weight ${weight}`;
}

/** One row of the weights: its name, when callers had it and for how long, what failed of each version, and what ended it, as `prose` writes it. */
export function phaseCells<T>(phase: PhaseReport, prose: (text: string) => T): (string | T)[] {
    const { routed, seconds, canary, stable, verdict, notes } = phase;
    return [
        phaseText(phase),
        routed === undefined ? "not routed" : clockText(routed),
        seconds.held === undefined || phase.kind === "rollback" ? "–" : secondsText(seconds.held),
        failedText(canary),
        failedText(stable),
        prose(verdict?.reason ?? notes.at(-1) ?? "–"),
    ];
}

/** "written 1.2 s, engine 2.1 s, routed 2.6 s", each since the verdict; the last of each step. */
export function rollbackText({ steps }: NonNullable<RolloutReport["rollback"]>): string {
    const last = new Map(steps.map(({ step, second }) => [step, second]));
    last.delete("verdict");
    return [...last].map(([step, second]) => `${step} ${secondsText(second)}`).join(", ");
}

/** An e-value from its logarithm, as odds: "0.31", "12", "200"; "10^7" and beyond for more. */
export function oddsText(logarithm: number): string {
    if (logarithm > Math.log(1e6)) return `10^${Math.floor(logarithm / Math.LN10)}`;
    const value = Math.exp(logarithm);
    if (value < 0.01) return "< 0.01";
    return value >= 100 ? numberText(value) : Number(value.toPrecision(2)).toString();
}

/** One line per thing that happened beside the looks, in order. */
export interface Event extends Moment {
    readonly what: string;
    readonly text: string;
}

export function eventsOf(report: RolloutReport): Event[] {
    const { gates, controls, drift, problems, resumed, notes } = report;
    const events: Event[] = [
        ...gates.map(({ gate, when, weight, verdict, reason, ...at }) => ({
            ...at,
            what: `gate ${gate}, ${when} ${weight}`,
            text: `${verdict}: ${reason}`,
        })),
        ...controls.map(({ control, by, ...at }) => ({ ...at, what: control, text: `by ${by}` })),
        ...drift.map(({ where, wanted, found, ...at }) => ({
            ...at,
            what: "weight changed by another hand",
            text: `${where} has ${found}, wanted was ${wanted}`,
        })),
        ...problems.map(({ problem, reason, looks, from, to }) => ({
            ...from,
            what: `Prometheus ${problem}`,
            text: `${reason} (${countText(looks, "look")}, until ${clockText(to)})`,
        })),
        ...resumed.map(({ found, ...at }) => ({
            ...at,
            what: "another driver went on",
            text: found,
        })),
        ...notes.map(({ text, ...at }) => ({ ...at, what: "note", text })),
    ];
    return events.sort((a, b) => a.second - b.second);
}

/** "13:12:05", or "13:12:05 to 13:14:00 (24 looks)". */
export function decisionTime({ from, to, looks }: DecisionReport): string {
    if (looks === 1) return clockText(from);
    return `${clockText(from)} to ${clockText(to)} (${countText(looks, "look")})`;
}
