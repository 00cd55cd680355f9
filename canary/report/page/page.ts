/** A rollout's report as one self-contained HTML page: no script, no font, no network. */
import type {
    DecisionReport,
    PhaseReport,
    RolloutReport,
} from "../../analysis/report/rolloutReport";
import {
    armText,
    clockText,
    costText,
    eventsOf,
    highestWeight,
    OUTCOME_TEXT,
    phaseCells,
    rollbackText,
    whenText,
} from "../../analysis/report/wording";
import { countText, durationText, numberText, oddsText, percentText } from "../../analysis/text";
import { figureOf } from "./chart";
import { harmChart, safetyChart } from "./evidenceCharts";
import { html, Markup } from "./html";
import { STYLE } from "./style";
import { tableOf } from "./table";
import { costChart, failureChart, requestChart, weightChart } from "./trafficCharts";

const NO_NETWORK =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Escapes text from users. The same report gives the same page. */
export function page(report: RolloutReport): string {
    const { app, namespace, canary } = report.rollout;
    const title = `${OUTCOME_TEXT[report.outcome]}: ${namespace}/${app} ${canary}`;
    const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${NO_NETWORK}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body style="--outcome: var(--${report.outcome})">
<main>
${summary(report)}
${weightsSection(report.phases)}
${chartsSection(report)}
${latencySection(report)}
${rollbackSection(report)}
${decisionsSection(report.decisions)}
${eventsSection(report)}
${policySection(report)}
</main>
</body>
</html>
`;
    return body.text;
}

/** The outcome, its reason, time and cost. */
function summary(report: RolloutReport): Markup {
    const { rollout, total, started, ended } = report;
    const back = report.rollback?.seconds;
    const facts: [string, string | Markup][] = [
        ["When", `${whenText(report)}, ${durationText(ended.second - started.second)}`],
        ["Cost (failures beyond the stable's share)", costText(report.exposure)],
        ["Failed canary requests", armText(total.canary)],
        ["Failed stable requests", armText(total.stable)],
        ["Highest weight", `${highestWeight(report)} %`],
        ...(report.rollback === undefined
            ? []
            : [
                  [
                      "Time from the verdict to weight 0",
                      back === undefined ? "not confirmed" : durationText(back),
                  ] as [string, string],
              ]),
    ];
    return html`<header class="summary">
<h1><span>${OUTCOME_TEXT[report.outcome]}</span>: ${rollout.namespace}/${rollout.app} ${rollout.canary}</h1>
<p class="why">${sentence(report.reason)}</p>
<p>Canary ${rollout.canary} <code>${rollout.images[rollout.canary] ?? "no image"}</code>, stable ${rollout.stable} <code>${rollout.images[rollout.stable] ?? "no image"}</code></p>
<dl class="facts">${facts.map(
        ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
    )}</dl>
</header>`;
}

function weightsSection(phases: readonly PhaseReport[]): Markup {
    const rows = phases.map((phase) => phaseCells(phase, sentence));
    return section(
        "weights",
        "Weights",
        tableOf({
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
        }),
    );
}

function chartsSection(report: RolloutReport): Markup {
    if (report.samples.length === 0) {
        return section("charts", "Over time", html`<p>There are no samples.</p>`);
    }
    const all = [weightChart, failureChart, harmChart, safetyChart, costChart, requestChart];
    const figures = all.map((make) => figureOf(make(report)));
    return section("charts", "Over time", html`<div class="charts">${figures}</div>`);
}

function latencySection({ latency: bounds }: RolloutReport): Markup | undefined {
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
    return section("latency", "Latency", content);
}

function rollbackSection({ rollback: back }: RolloutReport): Markup | undefined {
    if (back === undefined) return undefined;
    const content = html`<p>${back.seconds === undefined ? "The driver did not confirm that callers have weight 0." : `Callers got weight 0 ${durationText(back.seconds)} after the verdict.`} ${sentence(rollbackText(back))}</p>
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
    return section("rollback", "Rollback", content);
}

function decisionsSection(all: readonly DecisionReport[]): Markup | undefined {
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
    return section("decisions", "Decisions", content);
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
        numberText(exposed, 1),
    ];
}

function eventsSection(report: RolloutReport): Markup | undefined {
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
    return section("events", "Other events", content);
}

function policySection({ policy: advice, rollout }: RolloutReport): Markup {
    const content = html`${advice.length === 0 ? html`<p>The policies gave no advice.</p>` : html`<ul>${advice.map(({ weights: at, text }) => html`<li>${text} (weight${at.length === 1 ? "" : "s"} ${at.join(", ")})</li>`)}</ul>`}
<p>Rollout <code>${rollout.id}</code> of stack <code>${rollout.stack}</code>, ladder ${rollout.ladder.join(" → ")}, config SHA-256 <code>${rollout.configHash}</code>, istio-canary <code>${rollout.toolVersion}</code>.</p>`;
    return section("config", "Policies and config", content);
}

function section(id: string, title: string, content: Markup): Markup {
    return html`<section aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${content}
</section>`;
}

/** The text with a capital letter and a full stop. */
function sentence(text: string): string {
    if (text === "") return "";
    const first = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?…–]$/.test(first) ? first : `${first}.`;
}
