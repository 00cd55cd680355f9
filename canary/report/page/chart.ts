/** A chart of the page, with a description, a legend and a table of its numbers. */
import type { RolloutReport } from "../../analysis/report/rolloutReport";
import type { Line } from "./axes";
import { html, type Markup } from "./html";
import { type Plot, plotOf } from "./plot";
import { svgOf } from "./svg";
import { type Table, tableOf } from "./table";

export interface Chart {
    /** Unique in the page. */
    readonly id: string;
    readonly title: string;
    /** What the chart shows, with its numbers: the caption, and the description for screen readers. */
    readonly description: string;
    readonly plot: Plot;
    /** Meaning of points that are no line. */
    readonly points?: string;
    readonly table: Table;
}

export function figureOf(report: RolloutReport, chart: Chart): Markup {
    const { id, title, description, plot, table } = chart;
    return html`<figure>
<figcaption><h3>${title}</h3><p>${description}</p>${legend(chart)}</figcaption>
${svgOf(id, title, description, plotOf(report, plot))}
<details><summary>${title}: data table</summary>${tableOf(table)}</details>
</figure>
`;
}

/** Above the drawing and not at the ends of its lines, where labels would cover each other. */
function legend({ plot, points }: Chart): Markup {
    const key = ({ name, colour, dash = "solid" }: Line) =>
        html`<li><span class="key ${colour} ${dash}"></span>${name}</li>`;
    return html`<ul class="legend">${plot.lines.map(key)}${points === undefined ? undefined : html`<li><span class="key point"></span>${points}</li>`}</ul>`;
}
