// YAML files as manifests, each with the place where it stands.
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
    /** The place of a field of it ("spec.http[0].timeout"), or of the nearest that is there. */
    place(path: string): Place;
}

/**
 * The objects of a file with any number of documents; the items of a List are objects of their own. Documents that are
 * no Kubernetes objects are left out.
 * @throws Error that says what is wrong with the YAML, and where.
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

/** Goes down as far as the path leads; what is missing is missing where its parent is. */
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
