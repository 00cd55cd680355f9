/** Tables that screen readers can navigate and that scroll on their own on narrow screens. */
import { html, type Markup } from "./html";

export interface Table {
    readonly caption: string;
    readonly columns: readonly Column[];
    readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
    readonly title: string;
    /** `number`: right-aligned; `fixed`: on one line; `prose`: wide, for sentences. Default: text. */
    readonly kind?: "number" | "fixed" | "prose";
}

export type Cell = Markup | string | number;

/** The first cell of a row is its header. */
export function tableOf({ caption, columns, rows }: Table): Markup {
    const kind = (index: number) => columns[index]?.kind ?? "text";
    return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
<table><caption><span>${caption}</span></caption>
<thead><tr>${columns.map(({ title }, index) => html`<th scope="col" class="${kind(index)}">${title}</th>`)}</tr></thead>
<tbody>${rows.map(
        (row) => html`<tr>${row.map((cell, index) => cellOf(cell, index, kind(index)))}</tr>
`,
    )}</tbody></table></div>
`;
}

function cellOf(cell: Cell, index: number, kind: string): Markup {
    return index === 0
        ? html`<th scope="row" class="${kind}">${cell}</th>`
        : html`<td class="${kind}">${cell}</td>`;
}
