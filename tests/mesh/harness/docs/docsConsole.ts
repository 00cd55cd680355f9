// Reads the commands and their output in a page of docs/, so that the suite runs what the page shows.
import { readFileSync } from "node:fs";
import path from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";

const docs = path.join(CHECKOUT, "docs");
const FENCE = /^```console\n(.*?)^```$/gms;

export interface DocsCommand {
    /** Without the prompt. */
    readonly command: string;
    /** Lines that its output must contain. "…" matches any text; whitespace matches any amount of whitespace. */
    readonly shows: readonly RegExp[];
}

/**
 * The commands in a page's `console` fences: lines that begin with "$ ", each followed by its output.
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
