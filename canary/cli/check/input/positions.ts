// Positions of fields in YAML text. Found by parsing again, because only few documents have findings.
import type { State } from "js-yaml";
import { parseYaml } from "./kubectlYaml";

interface YamlNode {
    /** Offset of the value. */
    start: number;
    end: number;
    value: unknown;
    readonly children: YamlNode[];
}

export type Key = string | number;

export class Positions {
    private readonly roots: YamlNode[] = [];
    /** Nodes of lists and mappings, to follow aliases. */
    private readonly byValue = new Map<unknown, YamlNode>();
    private readonly lineStarts: number[];

    constructor(private readonly text: string) {
        this.lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
        const open: YamlNode[] = [];
        parseYaml(text, (event, state) => {
            if (event === "open") open.push(this.opened(state));
            else this.close(open, state);
        });
    }

    /** Line and column, from 1, of the last field of the path that exists. */
    of(document: number, path: readonly Key[]): { line: number; column: number } {
        let node = this.roots[document];
        for (const key of path) {
            const next = node && this.child(node, key);
            if (next === undefined) break;
            node = next;
        }
        return this.place(node?.start ?? 0);
    }

    private opened({ position }: State): YamlNode {
        return { start: position, end: position, value: undefined, children: [] };
    }

    private close(open: YamlNode[], { position, result }: State): void {
        const node = open.pop();
        if (node === undefined) return;
        const before = node.start;
        node.start = this.startOfValue(before);
        // A key without a value.
        if (node.start > position) node.start = before;
        node.end = position;
        node.value = result;
        if (isCollection(result) && !this.byValue.has(result)) this.byValue.set(result, node);
        (open.at(-1)?.children ?? this.roots).push(node);
    }

    /** Skips white space, comments, anchors and tags. */
    private startOfValue(offset: number): number {
        const skipped = /(?:\s+|#.*|[&!]\S*)*/y;
        skipped.lastIndex = offset;
        return offset + (skipped.exec(this.text)?.[0].length ?? 0);
    }

    private child(found: YamlNode, key: Key): YamlNode | undefined {
        const node = this.byValue.get(found.value) ?? found;
        if (Array.isArray(node.value)) return node.children[Number(key)];
        if (!isCollection(node.value)) return undefined;
        const pairs = this.pairs(node);
        const pair = pairs.findLast(([name]) => String(name.value) === String(key));
        if (pair === undefined) return undefined;
        const [name, value] = pair;
        return value === undefined || value.value === null ? { ...name, children: [] } : value;
    }

    /** The parser reports keys and values alike. A value follows its key after a colon. */
    private pairs({ children }: YamlNode): [key: YamlNode, value: YamlNode | undefined][] {
        const pairs: [YamlNode, YamlNode | undefined][] = [];
        for (let index = 0; index < children.length; index++) {
            const [key, value] = [children[index], children[index + 1]];
            if (key === undefined) continue;
            const isPair = value !== undefined && /^\s*:/.test(this.text.slice(key.end, value.end));
            pairs.push([key, isPair ? value : undefined]);
            if (isPair) index++;
        }
        return pairs;
    }

    private place(offset: number): { line: number; column: number } {
        let [low, high] = [0, this.lineStarts.length];
        while (high - low > 1) {
            const middle = (low + high) >> 1;
            if ((this.lineStarts[middle] ?? 0) <= offset) low = middle;
            else high = middle;
        }
        return { line: low + 1, column: offset - (this.lineStarts[low] ?? 0) + 1 };
    }
}

function isCollection(value: unknown): boolean {
    return typeof value === "object" && value !== null;
}

/** `spec.http[0].match["a.b"]` as keys. */
export function keysOf(path: string): Key[] {
    return [...path.matchAll(/\["((?:[^"\\]|\\.)+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
        ([, quoted, index, name]) => (index === undefined ? (quoted ?? name ?? "") : Number(index)),
    );
}
