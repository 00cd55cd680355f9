// The commands that a page of docs/ shows with what they print, so that the suite runs what the page says.
import { readFileSync } from "node:fs";
import path from "node:path";
import { CHECKOUT } from "../../../dev/checkout";

const docs = path.join(CHECKOUT, "docs");
const FENCE = /^```console\n(.*?)^```$/gms;

export interface DocsCommand {
    /** Without the prompt. */
    readonly command: string;
    /** Lines that it prints, among others; "…" stands for any text, and spaces for any number of them. */
    readonly shows: readonly RegExp[];
}

/**
 * The commands of a page's `console` fences: a line that begins with "$ ", and what it prints below.
 * @param names whole words to replace, as in docsConfig.
 */
export function docsCommands(
    page: string,
    names: Readonly<Record<string, string>> = {},
): DocsCommand[] {
    const text = Object.entries(names).reduce(
        (all, [from, to]) => all.replaceAll(new RegExp(`\\b${from}\\b`, "g"), to),
        readFileSync(path.join(docs, page), "utf8"),
    );
    return [...text.matchAll(FENCE)].flatMap(([, session = ""]) =>
        session
            .split(/^\$ /m)
            .slice(1)
            .map((block) => {
                const [command = "", ...lines] = block.trimEnd().split("\n");
                return { command, shows: lines.map(pattern) };
            }),
    );
}

function pattern(line: string): RegExp {
    const text = line
        .trim()
        .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        .replaceAll("…", ".*")
        .replace(/\s+/g, "\\s+");
    return new RegExp(`^\\s*${text}\\s*$`, "m");
}
