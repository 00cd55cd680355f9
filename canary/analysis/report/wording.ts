/** Text that the Markdown and HTML reports share. */

import { countText, durationText, failedText, measureText, numberText, sentence } from "../text";
import type { DecisionReport, Moment, PhaseReport, RolloutReport } from "./rolloutReport";

/** "13:12:05", UTC. */
export function clockText({ at }: Moment): string {
    return at.slice(11, 19);
}

type Times = Pick<RolloutReport, "started" | "ended" | "outcome">;

/** "2026-11-21 13:12:05 to 13:31:10 UTC, 19 min 5 s"; of a rollout that has not ended, the time of the last record. */
export function whenText({ started, ended, outcome }: Times): string {
    const [from, to] = [started.at.slice(0, 10), ended.at.slice(0, 10)];
    const day = from === to ? "" : `${to} `;
    const took = durationText(ended.second - started.second);
    return outcome === "unfinished"
        ? `since ${from} ${clockText(started)} UTC; last record ${day}${clockText(ended)}, after ${took}`
        : `${from} ${clockText(started)} to ${day}${clockText(ended)} UTC, ${took}`;
}

export const OUTCOME_TEXT: Readonly<Record<RolloutReport["outcome"], string>> = {
    promoted: "Promoted",
    rolledBack: "Rolled back",
    held: "Held",
    unfinished: "Not finished",
};

/** The reason of the outcome; of a rollout that has not ended, what is known of it. */
export function whyText({ outcome, reason }: Pick<RolloutReport, "outcome" | "reason">): string {
    const text = sentence(reason);
    return outcome === "unfinished" ? text : `Why: ${text}`;
}

/** "6.1 failed requests of a budget of 50". */
export function costText({ failed, budget }: RolloutReport["exposure"]): string {
    const spent = `${measureText(failed)} failed request${failed === 1 ? "" : "s"}`;
    return budget === undefined ? spent : `${spent} of a budget of ${numberText(budget)}`;
}

/** The highest weight that callers had. */
export function highestWeight({ phases }: RolloutReport): number {
    const routed = phases.filter((phase) => phase.routed !== undefined);
    return Math.max(0, ...routed.map(({ weight }) => weight));
}

/** "weight 25", "rollback". */
export function phaseName({ kind, weight }: Pick<PhaseReport, "kind" | "weight">): string {
    return kind === "rollback" ? "rollback" : `weight ${weight}`;
}

/** A row of the table of weights: name, routing time, duration, failures of each version, and why the phase ended, formatted by `prose`. */
export function phaseCells<T>(phase: PhaseReport, prose: (text: string) => T): (string | T)[] {
    const { kind, routed, ended, canary, stable, verdict } = phase;
    const why = ended === undefined ? "in progress" : (verdict?.reason ?? "–");
    return [
        phaseName(phase),
        routed === undefined ? notRouted(phase) : clockText(routed),
        kind === "rollback" ? "–" : heldText(phase),
        armText(canary),
        armText(stable),
        kind === "rollback" ? "–" : prose(why),
    ];
}

/** Of a phase that has not ended, the last step of its update. */
function notRouted({ ended, updated, previewed }: PhaseReport): string {
    if (ended !== undefined) return "not routed";
    if (updated !== undefined) return "not yet: updated";
    return previewed === undefined ? "not yet" : "not yet: previewed";
}

function heldText({ seconds: { held }, ended }: PhaseReport): string {
    if (held === undefined) return "–";
    return ended === undefined ? `${durationText(held)} so far` : durationText(held);
}

/** Failed requests of a version; a dash without requests. */
export function armText(arm: PhaseReport["canary"]): string {
    return arm.requests > 0 ? failedText(arm) : "–";
}

/** "written 0.2 s, routed 0.6 s, engine 2.1 s", each since the verdict; the last of each step. */
export function rollbackText({ steps }: NonNullable<RolloutReport["rollback"]>): string {
    const last = new Map(steps.map(({ step, second }) => [step, second]));
    last.delete("verdict");
    return [...last].map(([step, second]) => `${step} ${durationText(second)}`).join(", ");
}

/** An event other than a sample. */
export interface Event extends Moment {
    readonly what: string;
    readonly text: string;
}

/** In chronological order. */
export function eventsOf(report: RolloutReport): Event[] {
    const { gates, controls, drift, problems, resumed, notes, proxies = [] } = report;
    const events: Event[] = [
        ...gates.map(({ gate, when, weight, verdict, reason, ...at }) => ({
            ...at,
            what: `gate ${gate}, ${when} weight ${weight}`,
            text: `${verdict}: ${reason}`,
        })),
        ...proxies.map(({ weight, action, reason, ...at }) => ({
            ...at,
            what: `${action} on the proxies' own counters, at weight ${weight}`,
            text: reason,
        })),
        ...controls.map(({ control, by, ...at }) => ({ ...at, what: control, text: `by ${by}` })),
        ...drift.map(({ where, wanted, found, ...at }) => ({
            ...at,
            what: "weight changed by someone else",
            text: `${where}: expected ${wanted}, got ${found}`,
        })),
        ...problems.map(({ problem, reason, samples, from, to }) => ({
            ...from,
            what: `Prometheus ${problem}`,
            text: `${reason} (${countText(samples, "sample")}, until ${clockText(to)})`,
        })),
        ...resumed.map(({ found, ...at }) => ({ ...at, what: "resumed", text: found })),
        ...notes.map(({ text, ...at }) => ({ ...at, what: "note", text })),
    ];
    return events.sort((a, b) => a.second - b.second);
}

/** "13:12:05", or "13:12:05 to 13:14:00 (24 samples)". */
export function decisionTime({ from, to, samples }: DecisionReport): string {
    if (samples === 1) return clockText(from);
    return `${clockText(from)} to ${clockText(to)} (${countText(samples, "sample")})`;
}
