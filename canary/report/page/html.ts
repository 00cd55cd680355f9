/** HTML as text in which nothing but what is written here is markup. */

/** Markup that is complete as it is. */
export class Markup {
    constructor(readonly text: string) {}
}

type Part = Markup | string | number | undefined | readonly Part[];

/** What is put into the template is escaped, fit for text and for attributes in double quotes, unless it is Markup. */
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
