/** Tables that screen readers can navigate. On a narrow screen, each row is a card. */
import { html, type Markup } from "./html";

export interface Table {
    readonly caption: string;
    readonly columns: readonly Column[];
    readonly rows: readonly (readonly Cell[])[];
    /** `matrix`: many short cells, several on a line of a card. */
    readonly kind?: "matrix";
}

export interface Column {
    readonly title: string;
    /** `number`: right-aligned; `fixed`: on one line; `prose`: wide, for sentences. Default: text. */
    readonly kind?: "number" | "fixed" | "prose";
}

export type Cell = Markup | string | number;

/** Columns from which a table is wide: its rows are cards on a tablet too. */
const WIDE = 6;

/**
 * The first cell of a row is its header. The roles repeat what the elements mean, because browsers drop it for elements that CSS
 * displays as blocks. `data-label` is a cell's column, which CSS shows in a card.
 */
export function tableOf({ caption, columns, rows, kind: tableKind }: Table): Markup {
    const size = columns.length >= WIDE ? "wide" : "narrow";
    const head = columns.map(
        ({ title, kind = "text" }) =>
            html`<th role="columnheader" scope="col" class="${kind}">${title}</th>`,
    );
    const row = (cells: readonly Cell[]) =>
        html`<tr role="row">${cells.map((cell, index) => cellOf(cell, index, columns[index]))}</tr>
`;
    return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
<table role="table" class="${tableKind ?? size}"><caption><span>${caption}</span></caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${rows.map(row)}</tbody></table></div>
`;
}

function cellOf(cell: Cell, index: number, { title, kind }: Column = { title: "" }): Markup {
    return index === 0
        ? html`<th role="rowheader" scope="row" class="${kind ?? "text"}">${cell}</th>`
        : html`<td role="cell" class="${kind ?? "text"}" data-label="${title}">${cell}</td>`;
}
