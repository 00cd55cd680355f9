// The config that a page of docs/ shows, so that the suite runs what the page says.
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { CHECKOUT } from "../../../dev/checkout";

const docs = path.join(CHECKOUT, "docs");
const FENCE = /^```yaml\n(.*?)^```$/gms;

export interface DocsConfigOptions {
    /** Only what stands under this heading of the page, without its "#". */
    readonly heading?: string;
    /** Whole words to replace, for a spec whose namespaces are called otherwise: `{ shop: "mesh-shop" }`. */
    readonly names?: Readonly<Record<string, string>>;
}

/**
 * All keys of a page's yaml fences that begin with `config:`, without the project's name; a later fence wins.
 * @param page file name under docs/: "targets.md".
 * @throws Error when there is no such fence.
 */
export function docsConfig(
    page: string,
    { heading, names = {} }: DocsConfigOptions = {},
): Record<string, unknown> {
    const text = readFileSync(path.join(docs, page), "utf8");
    const part = heading === undefined ? text : section(text, heading);
    const files = [...part.matchAll(FENCE)].flatMap(([, yaml = ""]) =>
        yaml.startsWith("config:\n") ? [parse(renamed(yaml, names)).config as object] : [],
    );
    if (files.length === 0) {
        throw new Error(`docs/${page} shows no config${heading ? ` under "${heading}"` : ""}`);
    }
    return Object.fromEntries(
        files
            .flatMap((config) => Object.entries(config))
            .map(([key, value]) => [key.replace(/^istio-canary:/, ""), value]),
    );
}

function section(text: string, heading: string): string {
    const parts = text.split(/^(?=#+ )/m);
    return parts.find((part) => part.replace(/^#+ /, "").startsWith(`${heading}\n`)) ?? "";
}

function renamed(yaml: string, names: Readonly<Record<string, string>>): string {
    return Object.entries(names).reduce(
        (all, [from, to]) =>
            all.replaceAll(new RegExp(`\\b${from.replaceAll(".", "\\.")}\\b`, "g"), to),
        yaml,
    );
}
