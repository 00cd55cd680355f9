/** A rollout's report as one self-contained HTML page: no script, no font, no network. */
import type { Slot } from "../../../rollout/config/slots";
import { headline } from "../../analysis/report/headline";
import type { RolloutReport } from "../../analysis/report/rolloutReport";
import {
    armText,
    costText,
    highestWeight,
    OUTCOME_TEXT,
    whenText,
    whyText,
} from "../../analysis/report/wording";
import { durationText } from "../../analysis/text";
import { figureOf } from "./chart";
import { harmChart, safetyChart } from "./evidenceCharts";
import { html, Markup } from "./html";
import { gatesSection } from "./matrix";
import {
    decisionsSection,
    eventsSection,
    latencySection,
    policySection,
    rollbackSection,
    type Section,
    weightsSection,
} from "./sections";
import { STYLE } from "./style";
import { costChart, failureChart, requestChart, weightChart } from "./trafficCharts";

const NO_NETWORK =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const SECTIONS = [
    weightsSection,
    gatesSection,
    chartsSection,
    latencySection,
    rollbackSection,
    decisionsSection,
    eventsSection,
    policySection,
];

/** Escapes text from users. The same report gives the same page. */
export function page(report: RolloutReport): string {
    const { app, namespace, canary } = report.rollout;
    const title = `${OUTCOME_TEXT[report.outcome]}: ${namespace}/${app} ${canary}`;
    const sections = SECTIONS.flatMap((make) => make(report) ?? []);
    const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${NO_NETWORK}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body style="--outcome: var(--${report.outcome})">
<main>
${summary(report)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
${sections.map(sectionOf)}
</main>
</body>
</html>
`;
    return body.text;
}

/** The outcome, in plain words and in its reason; time, cost and links. */
function summary(report: RolloutReport): Markup {
    const { rollout, total, rollback, outcome } = report;
    const { images, canary, stable, links = [] } = rollout;
    const facts: [string, string | Markup][] = [
        ["When", whenText(report)],
        ["Cost (failures beyond the stable's share)", costText(report.exposure)],
        ["Failed canary requests", armText(total.canary)],
        ["Failed stable requests", armText(total.stable)],
        ["Highest weight", `${highestWeight(report)} %`],
    ];
    if (rollback !== undefined) {
        const missing = outcome === "unfinished" ? "in progress" : "not confirmed";
        const { seconds } = rollback;
        const text = seconds === undefined ? missing : durationText(seconds);
        facts.push(["Time from the verdict to weight 0", text]);
    }
    const image = (slot: Slot) => html`<code>${images[slot] ?? "no image"}</code>`;
    return html`<header class="summary">
<h1><span>${OUTCOME_TEXT[outcome]}</span>: ${rollout.namespace}/${rollout.app} ${canary}</h1>
<p class="headline">${headline(report)}</p>
<p class="why">${whyText(report)}</p>
${linkList(links)}
<p class="images"><span>Canary ${canary} ${image(canary)}</span> <span>Stable ${stable} ${image(stable)}</span></p>
<dl class="facts">${facts.map(
        ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
    )}</dl>
</header>`;
}

/** A journal may have been changed by hand, so other schemes than http and https are text. */
function linkList(links: NonNullable<RolloutReport["rollout"]["links"]>): Markup | undefined {
    if (links.length === 0) return undefined;
    return html`<ul class="links">${links.map(({ name, url }) =>
        /^https?:\/\//.test(url)
            ? html`<li><a href="${url}" rel="noreferrer">${name}</a></li>`
            : html`<li>${name}: ${url}</li>`,
    )}</ul>`;
}

function chartsSection(report: RolloutReport): Section {
    const all = [weightChart, failureChart, harmChart, safetyChart, costChart, requestChart];
    const content =
        report.samples.length === 0
            ? html`<p>There are no samples.</p>`
            : html`<div class="charts">${all.map((make) => figureOf(report, make(report)))}</div>`;
    return { id: "charts", title: "Over time", content };
}

function sectionOf({ id, title, content }: Section): Markup {
    return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${content}
</section>
`;
}
