/** Formats defaults and wraps lines, for types and pages. */
import type { Field } from "./schemaFields";

/** "Default: `5s`.", "Required.", or "" for a mapping without required fields. */
export function defaultText({ type, required, default: value, fallback }: Field): string {
    if (required) return "Required.";
    if (fallback !== undefined) return `Default: ${fallback}.`;
    if (value !== undefined && !isEmpty(value)) return `Default: \`${shown(value)}\`.`;
    if (value !== undefined) return "Default: none.";
    return type.kind === "object" && type.fields.every((one) => !one.required)
        ? ""
        : "Default: none.";
}

function isEmpty(value: unknown): boolean {
    return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** A value as one line of YAML. */
function shown(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
    if (typeof value !== "object" || value === null) return String(value);
    const entries = Object.entries(value).map(([key, one]) => `${key}: ${shown(one)}`);
    return `{${entries.join(", ")}}`;
}

/** Wraps text at `width` characters, including the prefixes of the first and the other lines. */
export function wrapped(text: string, width: number, first: string, rest: string): string {
    const lines: string[] = [];
    let line = first;
    for (const word of text.split(" ")) {
        const separator = line === first || line === rest ? "" : " ";
        if (line.length + separator.length + word.length > width && separator !== "") {
            lines.push(line);
            line = rest + word;
        } else line += separator + word;
    }
    return [...lines, line].join("\n");
}
