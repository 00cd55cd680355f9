/** HTML templates that escape their values. */

/** HTML that must not be escaped again. */
export class Markup {
    constructor(readonly text: string) {}
}

type Part = Markup | string | number | undefined | readonly Part[];

/** Escapes the values of the template for text and double-quoted attributes, unless they are Markup. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
    const text = template.map((piece, index) =>
        index === 0 ? piece : `${textOf(parts[index - 1])}${piece}`,
    );
    return new Markup(text.join(""));
}

function textOf(part: Part): string {
    if (part === undefined) return "";
    if (part instanceof Markup) return part.text;
    if (typeof part === "object") return part.map(textOf).join("");
    return escapeHtml(String(part));
}

const ESCAPES: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
};

export function escapeHtml(text: string): string {
    return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}
