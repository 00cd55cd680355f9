/** A chart of the page, with a description and a table of its numbers. */
import type { EChartsCoreOption } from "echarts/core";
import { html, type Markup } from "./html";
import { svgOf } from "./svg";
import { type Table, tableOf } from "./table";

export interface Chart {
    /** Unique in the page. */
    readonly id: string;
    readonly title: string;
    /** What the chart shows, with its numbers: the caption, and the description for screen readers. */
    readonly description: string;
    readonly option: EChartsCoreOption;
    readonly table: Table;
}

export function figureOf({ id, title, description, option, table }: Chart): Markup {
    return html`<figure>
<figcaption><h3>${title}</h3><p>${description}</p></figcaption>
${svgOf(id, title, description, option)}
<details><summary>${title}: data table</summary>${tableOf(table)}</details>
</figure>
`;
}
