/** Sections of the page, except its top, its matrix of gates and its charts. */
import type { DecisionReport, RolloutReport } from "../../analysis/report/rolloutReport";
import { clockText, eventsOf, phaseCells, rollbackText } from "../../analysis/report/wording";
import {
    countText,
    durationText,
    measureText,
    numberText,
    oddsText,
    percentText,
    sentence,
} from "../../analysis/text";
import { html, type Markup } from "./html";
import { tableOf } from "./table";

/** A part of the page with a heading. */
export interface Section {
    /** Unique in the page. */
    readonly id: string;
    readonly title: string;
    readonly content: Markup;
}

export function weightsSection({ phases }: RolloutReport): Section {
    const rows = phases.map((phase) => phaseCells(phase, sentence));
    const content = tableOf({
        caption: "Weights, with their requests and why each phase ended (times in UTC)",
        columns: [
            { title: "Weight", kind: "fixed" },
            { title: "Routed at", kind: "fixed" },
            { title: "Held for", kind: "number" },
            { title: "Failed canary", kind: "number" },
            { title: "Failed stable", kind: "number" },
            { title: "Why it ended", kind: "prose" },
        ],
        rows,
    });
    return { id: "weights", title: "Weights", content };
}

export function latencySection({ latency: bounds }: RolloutReport): Section | undefined {
    if (bounds.length === 0) return undefined;
    const share = (arm: { requests: number; failed: number }) =>
        arm.requests > 0 ? percentText(arm.failed / arm.requests) : "–";
    const content = tableOf({
        caption: "Share of requests above each latency bound, over the whole rollout",
        columns: [
            { title: "Slower than", kind: "fixed" },
            { title: "Canary", kind: "number" },
            { title: "Canary requests", kind: "number" },
            { title: "Stable", kind: "number" },
            { title: "Stable requests", kind: "number" },
        ],
        rows: bounds.map(({ bound, canary, stable }) => [
            `${numberText(bound)} ms`,
            share(canary),
            numberText(canary.requests),
            share(stable),
            numberText(stable.requests),
        ]),
    });
    return { id: "latency", title: "Latency", content };
}

export function rollbackSection(report: RolloutReport): Section | undefined {
    const { rollback: back } = report;
    if (back === undefined) return undefined;
    const content = html`<p>${back.seconds === undefined ? unconfirmed(report) : `Callers got weight 0 ${durationText(back.seconds)} after the verdict.`} ${sentence(rollbackText(back))}</p>
${tableOf({
    caption: "Steps of the rollback, with the time since the verdict",
    columns: [
        { title: "Step", kind: "fixed" },
        { title: "After", kind: "number" },
        { title: "Details", kind: "prose" },
    ],
    rows: back.steps.map(({ step, second, reason }) => [
        step,
        durationText(second),
        sentence(reason),
    ]),
})}`;
    return { id: "rollback", title: "Rollback", content };
}

function unconfirmed({ outcome }: RolloutReport): string {
    return outcome === "unfinished"
        ? "The rollback was in progress: no record shows yet that callers have weight 0."
        : "The driver did not confirm that callers have weight 0.";
}

export function decisionsSection({ decisions: all }: RolloutReport): Section | undefined {
    if (all.length === 0) return undefined;
    const content = tableOf({
        caption:
            "All decisions, with evidence as odds to 1. Consecutive holds for the same reason share one row, with the numbers of the last sample (times in UTC)",
        columns: [
            { title: "Time", kind: "fixed" },
            { title: "Weight", kind: "number" },
            { title: "Decision", kind: "fixed" },
            { title: "Reason", kind: "prose" },
            { title: "Fails more", kind: "number" },
            { title: "Slower", kind: "number" },
            { title: "Next weight safe", kind: "number" },
            { title: "Cost", kind: "number" },
        ],
        rows: all.map(decisionRow),
    });
    return { id: "decisions", title: "Decisions", content };
}

function decisionRow(decision: DecisionReport) {
    const { from, to, samples, weight, action, verdict, reason, gates, evidence } = decision;
    const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = evidence;
    const of = (value: number, limit: number) => `${oddsText(value)} of ${oddsText(limit)}`;
    const actionCell = html`<span class="${action === "hold" ? "hold" : "act"}">${action}</span> <span class="detail">${verdict}</span>`;
    const gateList = html`<details><summary>${countText(gates.length, "gate")}</summary><ul>${gates.map(
        (one) =>
            html`<li>${one.gate}${one.dryRun ? " (dry run)" : ""}: ${one.verdict}: ${sentence(one.reason)}</li>`,
    )}</ul></details>`;
    return [
        samples === 1
            ? clockText(from)
            : html`${clockText(from)} <span class="detail">to ${clockText(to)}</span> <span class="detail">${countText(samples, "sample")}</span>`,
        weight,
        actionCell,
        html`${sentence(reason)}${gates.length > 0 ? gateList : undefined}`,
        of(harm, harmLimit),
        of(slow, slowLimit),
        weight === 100 ? "–" : of(safe, safeLimit),
        measureText(exposed),
    ];
}

export function eventsSection(report: RolloutReport): Section | undefined {
    const events = eventsOf(report);
    if (events.length === 0) return undefined;
    const content = tableOf({
        caption: "Gates, commands and problems (times in UTC)",
        columns: [
            { title: "Time", kind: "fixed" },
            { title: "Event" },
            { title: "Details", kind: "prose" },
        ],
        rows: events.map((event) => [clockText(event), event.what, sentence(event.text)]),
    });
    return { id: "events", title: "Other events", content };
}

export function policySection({ policy: advice, rollout, phases }: RolloutReport): Section {
    const isPreviewed = phases.some(({ previewed }) => previewed !== undefined);
    const content = html`${advice.length === 0 ? html`<p>${isPreviewed ? "The policies gave no advice." : "No preview had finished."}</p>` : html`<ul>${advice.map(({ weights: at, text }) => html`<li>${text} (weight${at.length === 1 ? "" : "s"} ${at.join(", ")})</li>`)}</ul>`}
<p>Rollout <code>${rollout.id}</code> of stack <code>${rollout.stack}</code>, ladder ${rollout.ladder.join(" → ")}, config SHA-256 <code>${rollout.configHash}</code>, istio-canary <code>${rollout.toolVersion}</code>.</p>`;
    return { id: "config", title: "Policies and config", content };
}
