/** Splits an expression of CEL into tokens: the part of the language that CRDs use. */

export interface Token {
    readonly type: "name" | "number" | "text" | "operator" | "end";
    readonly text: string;
}

const PATTERN =
    /\s*(?:(?<raw>r"""[\s\S]*?""")|(?<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<number>\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*)|(?<operator>\{\}|&&|\|\||[=!<>]=|[-+*/%!<>?:.,()[\]]))/y;

/** @throws Error if a character belongs to no token. */
export function tokensOf(expression: string): Token[] {
    const tokens: Token[] = [];
    const text = expression.trimEnd();
    PATTERN.lastIndex = 0;
    while (PATTERN.lastIndex < text.length) {
        const place = PATTERN.lastIndex;
        const groups = PATTERN.exec(text)?.groups;
        if (!groups) throw new Error(`${expression}: unexpected character at ${place}.`);
        const { raw, quoted, number, name, operator } = groups;
        if (raw !== undefined) tokens.push({ type: "text", text: raw.slice(4, -3) });
        else if (quoted !== undefined) tokens.push({ type: "text", text: unquoted(quoted) });
        else if (number !== undefined) tokens.push({ type: "number", text: number });
        else if (name !== undefined) tokens.push({ type: "name", text: name });
        else tokens.push({ type: "operator", text: operator ?? "" });
    }
    return [...tokens, { type: "end", text: "" }];
}

function unquoted(text: string): string {
    return text.slice(1, -1).replaceAll(/\\(.)/g, (_, character: string) => {
        return { n: "\n", t: "\t", r: "\r" }[character] ?? character;
    });
}
