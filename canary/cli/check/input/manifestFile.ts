// Objects of a YAML or JSON file, with the places of their fields.
import { isMapping } from "../../../../rollout/config/unknown";
import type { Manifest } from "../../../../rollout/rules";
import { parseYaml, YamlError } from "./kubectlYaml";
import { type Key, keysOf, Positions } from "./positions";
import { isBroken, templateName } from "./template";

/** Lines and columns count from 1. */
export interface Place {
    readonly file: string;
    readonly line: number;
    readonly column: number;
}

export interface Located {
    readonly manifest: Manifest;
    readonly file: string;
    /** Place of a field ("spec.http[0].timeout"), or of its nearest parent if the field is missing. */
    place(path: string): Place;
}

/** A part of a file with its first line, from 0. */
interface Part {
    readonly text: string;
    readonly line: number;
}

/**
 * Objects of a file, from any number of documents and from the items of lists. Skips documents that are not Kubernetes objects.
 * @throws Error that locates the problem, if the text is not YAML or is a template.
 */
export function readManifests(file: string, text: string): Located[] {
    return partsOf(text).flatMap((part) => {
        let positions: Positions | undefined;
        return valuesOf(file, part).flatMap((value, document) =>
            objectsIn(value).map(({ manifest, path }) => ({
                manifest,
                file,
                place: (field: string) => {
                    positions ??= new Positions(part.text);
                    const keys = [...path, ...keysOf(field)];
                    const { line, column } = positions.of(document, keys);
                    return { file, line: part.line + line, column };
                },
            })),
        );
    });
}

/**
 * kubectl splits YAML at each line that starts with `---`, and JSON where an object ends. Parsing each part alone also means that
 * a finding costs a second reading of its own part only.
 */
function partsOf(text: string): Part[] {
    const isJson = /^\s*\{(?!\{)/.test(text);
    const separator = isJson ? /(?<=\}[ \t]*\r?\n)(?=\{)/ : /^(?=---(?:\s|$))/m;
    let line = 0;
    const parts: Part[] = [];
    for (const piece of text.split(separator)) {
        const last = parts.at(-1);
        // A directive, such as %YAML, belongs to the document that follows.
        if (
            last !== undefined &&
            /^(?:\s*(?:%.*|#.*)?\n)*$/.test(last.text) &&
            /^%/m.test(last.text)
        ) {
            parts[parts.length - 1] = { text: last.text + piece, line: last.line };
        } else parts.push({ text: piece, line });
        line += piece.split("\n").length - 1;
    }
    return parts;
}

function valuesOf(file: string, { text, line }: Part): unknown[] {
    try {
        const values = parseYaml(text);
        if (text.includes("{{")) rejectTemplate(file, line + 1, text, values);
        return values;
    } catch (error) {
        if (!(error instanceof YamlError)) throw error;
        const place = `${file}:${line + error.line}:${error.column}`;
        if (text.includes("{{")) throw new Error(templateText(place, text));
        throw new Error(`${place}: expected YAML, got a syntax error: ${error.message}.`);
    }
}

function rejectTemplate(file: string, firstLine: number, text: string, values: readonly unknown[]) {
    if (!values.some(isBroken)) return;
    const line = firstLine + text.slice(0, text.indexOf("{{")).split("\n").length - 1;
    throw new Error(templateText(`${file}:${line}`, text));
}

function templateText(place: string, text: string): string {
    const name = templateName(text);
    const fix =
        name === "Helm"
            ? "Render it first: `helm template RELEASE CHART | istio-canary check -`."
            : "Render it first, and pass the output.";
    return `${place}: expected YAML, got ${name === undefined ? "a template" : `a ${name} template`}. ${fix}`;
}

interface ObjectAt {
    readonly manifest: Manifest;
    /** Where the object is in its document. */
    readonly path: readonly Key[];
}

function objectsIn(value: unknown, path: readonly Key[] = []): ObjectAt[] {
    if (!isMapping(value)) return [];
    const { kind, apiVersion, items } = value;
    if (Array.isArray(items) && typeof kind === "string" && kind.endsWith("List")) {
        const defaults = kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
        return items.flatMap((item, index) =>
            isMapping(item) ? objectsIn({ ...defaults, ...item }, [...path, "items", index]) : [],
        );
    }
    const isObject = typeof kind === "string" && typeof apiVersion === "string";
    // One with a misspelled `kind` or `apiVersion`, which a rule reports.
    const isMisspelled = isMapping(value.metadata);
    return isObject || isMisspelled ? [{ manifest: value as unknown as Manifest, path }] : [];
}
