/** A rollout's report as one page that needs nothing else: no script, no font, no network. */
import type {
    DecisionReport,
    PhaseReport,
    RolloutReport,
} from "../../analysis/report/rolloutReport";
import {
    clockText,
    costText,
    countText,
    eventsOf,
    failedText,
    highestWeight,
    numberText,
    OUTCOME_TEXT,
    oddsText,
    percentText,
    phaseCells,
    rollbackText,
    secondsText,
    whenText,
} from "../../analysis/report/wording";
import { figureOf } from "./chart";
import { harmChart, safetyChart } from "./evidenceCharts";
import { html, Markup } from "./html";
import { STYLE } from "./style";
import { tableOf } from "./table";
import { costChart, failureChart, requestChart, weightChart } from "./trafficCharts";

const NO_NETWORK =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** HTML, in which every text of a user's is escaped; the same report gives the same page. */
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
${weights(report.phases)}
${charts(report)}
${latency(report)}
${rollback(report)}
${decisions(report.decisions)}
${besides(report)}
${policy(report)}
</main>
</body>
</html>
`;
    return body.text;
}

/** What a person reads in ten seconds: outcome, why, when, cost. */
function summary(report: RolloutReport): Markup {
    const { rollout, total, started, ended } = report;
    const back = report.rollback?.seconds;
    const facts: [string, string | Markup][] = [
        ["When", `${whenText(report)}, ${secondsText(ended.second - started.second)}`],
        ["Cost beyond the stable's share", costText(report.exposure)],
        ["Failed, canary", failedText(total.canary)],
        ["Failed, stable", failedText(total.stable)],
        ["Highest weight", `${highestWeight(report)} %`],
        ...(report.rollback === undefined
            ? []
            : [
                  [
                      "Back at 0 after the verdict",
                      back === undefined ? "not seen" : secondsText(back),
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

function weights(phases: readonly PhaseReport[]): Markup {
    const rows = phases.map((phase) => phaseCells(phase, sentence));
    return section(
        "weights",
        "Weights",
        tableOf({
            caption:
                "Each weight, with the requests counted at it and why it ended (times are UTC)",
            columns: [
                { title: "Weight", kind: "fixed" },
                { title: "Routed", kind: "fixed" },
                { title: "Held", kind: "number" },
                { title: "Failed, canary", kind: "number" },
                { title: "Failed, stable", kind: "number" },
                { title: "Why it ended", kind: "prose" },
            ],
            rows,
        }),
    );
}

function charts(report: RolloutReport): Markup {
    if (report.looks.length === 0) {
        return section("charts", "Over time", html`<p>Nothing was looked at.</p>`);
    }
    const all = [weightChart, failureChart, harmChart, safetyChart, costChart, requestChart];
    const figures = all.map((make) => figureOf(make(report)));
    return section("charts", "Over time", html`<div class="charts">${figures}</div>`);
}

function latency({ latency: bounds }: RolloutReport): Markup | undefined {
    if (bounds.length === 0) return undefined;
    const share = (arm: { requests: number; failed: number }) =>
        arm.requests > 0 ? percentText(arm.failed / arm.requests) : "–";
    const content = tableOf({
        caption: "Requests that took longer than each watched bound, of the whole rollout",
        columns: [
            { title: "Longer than", kind: "fixed" },
            { title: "Canary", kind: "number" },
            { title: "of requests", kind: "number" },
            { title: "Stable", kind: "number" },
            { title: "of requests", kind: "number" },
        ],
        rows: bounds.map(({ bound, canary, stable }) => [
            `${numberText(bound)} ms`,
            share(canary),
            numberText(canary.requests),
            share(stable),
            numberText(stable.requests),
        ]),
    });
    return section("latency", "Duration", content);
}

function rollback({ rollback: back }: RolloutReport): Markup | undefined {
    if (back === undefined) return undefined;
    const content = html`<p>${back.seconds === undefined ? "It was not seen that callers had weight 0." : `Callers had weight 0 ${secondsText(back.seconds)} after the verdict.`} ${sentence(rollbackText(back))}</p>
${tableOf({
    caption: "Steps of the way back, in seconds since the verdict",
    columns: [
        { title: "Step", kind: "fixed" },
        { title: "After", kind: "number" },
        { title: "What was seen", kind: "prose" },
    ],
    rows: back.steps.map(({ step, second, reason }) => [
        step,
        secondsText(second),
        sentence(reason),
    ]),
})}`;
    return section("rollback", "The way back", content);
}

function decisions(all: readonly DecisionReport[]): Markup | undefined {
    if (all.length === 0) return undefined;
    const content = tableOf({
        caption:
            "Every decision with its numbers as odds to 1; holds in a row for one reason are one row, with the numbers of its last look (times are UTC)",
        columns: [
            { title: "When", kind: "fixed" },
            { title: "Weight", kind: "number" },
            { title: "Decision", kind: "fixed" },
            { title: "Reason", kind: "prose" },
            { title: "Fails more", kind: "number" },
            { title: "Slower", kind: "number" },
            { title: "Next is safe", kind: "number" },
            { title: "Cost", kind: "number" },
        ],
        rows: all.map(decisionRow),
    });
    return section("decisions", "Decisions", content);
}

function decisionRow(decision: DecisionReport) {
    const { from, to, looks, weight, action, verdict, reason, gates, evidence } = decision;
    const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = evidence;
    const of = (value: number, limit: number) => `${oddsText(value)} of ${oddsText(limit)}`;
    const word = html`<span class="${action === "hold" ? "hold" : "act"}">${action}</span> <span class="looks">${verdict}</span>`;
    const answers = html`<details><summary>${countText(gates.length, "gate")}</summary><ul>${gates.map(
        (one) => html`<li>${one.gate}: ${one.verdict}: ${sentence(one.reason)}</li>`,
    )}</ul></details>`;
    return [
        looks === 1
            ? clockText(from)
            : html`${clockText(from)} <span class="looks">to ${clockText(to)}</span> <span class="looks">${countText(looks, "look")}</span>`,
        weight,
        word,
        html`${sentence(reason)}${gates.length > 0 ? answers : undefined}`,
        of(harm, harmLimit),
        of(slow, slowLimit),
        weight === 100 ? "–" : of(safe, safeLimit),
        numberText(exposed, 1),
    ];
}

function besides(report: RolloutReport): Markup | undefined {
    const events = eventsOf(report);
    if (events.length === 0) return undefined;
    const content = tableOf({
        caption: "What people, gates and Prometheus did meanwhile (times are UTC)",
        columns: [
            { title: "When", kind: "fixed" },
            { title: "What" },
            { title: "Details", kind: "prose" },
        ],
        rows: events.map((event) => [clockText(event), event.what, sentence(event.text)]),
    });
    return section("besides", "Besides", content);
}

function policy({ policy: advice, rollout }: RolloutReport): Markup {
    const content = html`${advice.length === 0 ? html`<p>No policy advised anything.</p>` : html`<ul>${advice.map(({ weights: at, text }) => html`<li>${text} (weight${at.length === 1 ? "" : "s"} ${at.join(", ")})</li>`)}</ul>`}
<p>Rollout <code>${rollout.id}</code> of stack <code>${rollout.stack}</code>, ladder ${rollout.ladder.join(" → ")}, config SHA-256 <code>${rollout.configHash}</code>, istio-canary <code>${rollout.toolVersion}</code>.</p>`;
    return section("config", "Policies and config", content);
}

function section(id: string, title: string, content: Markup): Markup {
    return html`<section aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${content}
</section>`;
}

/** With a capital and a full stop. */
function sentence(text: string): string {
    if (text === "") return "";
    const first = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?…–]$/.test(first) ? first : `${first}.`;
}
