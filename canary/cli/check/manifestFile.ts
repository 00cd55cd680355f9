// Reads manifests from YAML files and locates their fields.
import { isMap, isSeq, LineCounter, type Node, parseAllDocuments, type YAMLMap } from "yaml";
import type { Manifest } from "../../../rollout/rules";

/** Lines and columns count from 1. */
export interface Place {
    readonly file: string;
    readonly line: number;
    readonly column: number;
}

export interface Located {
    readonly manifest: Manifest;
    /** Place of a field ("spec.http[0].timeout"), or of its nearest parent if the field is missing. */
    place(path: string): Place;
}

/**
 * Objects of a file, from any number of documents and from the items of Lists. Skips documents that are not Kubernetes
 * objects.
 * @throws Error that locates the problem, if the YAML is invalid.
 */
export function readManifests(file: string, text: string): Located[] {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter: lines });
    return documents.flatMap((document) => {
        const [error] = document.errors;
        if (error !== undefined) throw new Error(`${file}: ${error.message}`);
        return objectsIn(document.contents).flatMap((node): Located[] => {
            const manifest = node.toJS(document) as Manifest;
            const placeOf = (range: Node["range"]) => {
                const { line, col } = lines.linePos(range?.[0] ?? 0);
                return { file, line, column: col };
            };
            return [{ manifest, place: (path) => placeOf(nearest(node, path).range) }];
        });
    });
}

function objectsIn(node: unknown): YAMLMap[] {
    if (!isMap(node) || typeof node.get("kind") !== "string") return [];
    const items = node.get("items");
    if (String(node.get("kind")).endsWith("List") && isSeq(items)) {
        return items.items.flatMap(objectsIn);
    }
    return typeof node.get("apiVersion") === "string" ? [node] : [];
}

/** Follows the path as far as its fields exist. */
function nearest(top: YAMLMap, path: string): Node {
    const keys = [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([\w-]+)/g)];
    let node: Node = top;
    for (const [, quoted, index, name] of keys) {
        const key = index === undefined ? (quoted ?? name) : Number(index);
        const next: unknown = isMap(node) || isSeq(node) ? node.get(key, true) : undefined;
        if (!isNode(next)) return node;
        node = next;
    }
    return node;
}

function isNode(value: unknown): value is Node {
    return typeof value === "object" && value !== null && "range" in value;
}
