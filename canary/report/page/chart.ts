/** One chart of a page: a drawing, the same in words, and the same as a table. */
import type { EChartsCoreOption } from "echarts";
import { html, type Markup } from "./html";
import { svgOf } from "./svg";
import { type Table, tableOf } from "./table";

export interface Chart {
    /** Unique in the page. */
    readonly id: string;
    readonly title: string;
    /** What it shows, with its numbers: read where the drawing is not seen. */
    readonly description: string;
    readonly option: EChartsCoreOption;
    readonly table: Table;
}

export function figureOf({ id, title, description, option, table }: Chart): Markup {
    return html`<figure>
<figcaption><h3>${title}</h3><p>${description}</p></figcaption>
${svgOf(id, title, description, option)}
<details><summary>${title}: the numbers</summary>${tableOf(table)}</details>
</figure>
`;
}
