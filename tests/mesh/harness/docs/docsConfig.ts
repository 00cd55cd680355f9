// Reads the config in a page of docs/, so that the suite runs what the page shows.
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { CHECKOUT } from "../../../../dev/checkout";

const docs = path.join(CHECKOUT, "docs");
const FENCE = /^```yaml\n(.*?)^```$/gms;

export interface DocsConfigOptions {
    /** Reads only the section with this heading (without "#"). */
    readonly heading?: string;
    /** Whole words to replace, for a spec with other namespaces: `{ shop: "mesh-shop" }`. */
    readonly names?: Readonly<Record<string, string>>;
}

/**
 * All keys in a page's yaml fences that begin with `config:`, without the project's name. A later fence overrides an earlier one.
 * @param page file name under docs/, such as "traffic/targets.md".
 * @throws Error if there is no such fence.
 */
export function docsConfig(
    page: string,
    { heading, names = {} }: DocsConfigOptions = {},
): Record<string, unknown> {
    const text = readFileSync(path.join(docs, page), "utf8");
    const part = heading === undefined ? text : section(text, heading);
    const files = [...part.matchAll(FENCE)].flatMap(([, yaml = ""]) =>
        yaml.startsWith("config:\n") ? [parse(rename(yaml, names)).config as object] : [],
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

/**
 * All Kubernetes objects in a page's yaml fences.
 * @throws Error if there are none.
 */
export function docsObjects(page: string, { heading, names = {} }: DocsConfigOptions): object[] {
    const text = readFileSync(path.join(docs, page), "utf8");
    const part = heading === undefined ? text : section(text, heading);
    const found = [...part.matchAll(FENCE)]
        .filter(([, yaml = ""]) => yaml.startsWith("apiVersion:"))
        .flatMap(([, yaml = ""]) => parseAllDocuments(rename(yaml, names)))
        .map((document) => document.toJS() as object);
    if (found.length === 0) throw new Error(`docs/${page} shows no objects`);
    return found;
}

function section(text: string, heading: string): string {
    const parts = text.split(/^(?=#+ )/m);
    return parts.find((part) => part.replace(/^#+ /, "").startsWith(`${heading}\n`)) ?? "";
}

function rename(yaml: string, names: Readonly<Record<string, string>>): string {
    return Object.entries(names).reduce(
        (all, [from, to]) =>
            all.replaceAll(new RegExp(`\\b${from.replaceAll(".", "\\.")}\\b`, "g"), to),
        yaml,
    );
}
