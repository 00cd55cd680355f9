/** The objects of a program that are of some kinds, and what lookups find in them: once per program instead of once per rule. */
import { textOf } from "../config/unknown";
import { isOf, type Manifest, type Rule } from "./rule";

type Kinds = Rule["kinds"];

interface Program {
    readonly manifests: readonly Manifest[];
    /** "networking.istio.io/v1 VirtualService", for each manifest. */
    readonly types: readonly string[];
    /** The first manifest of each type. */
    readonly examples: ReadonlyMap<string, Manifest>;
    /** By types. Kinds that choose the same types share a list. */
    readonly lists: Map<string, readonly Manifest[]>;
}

/** A list of some of a program's manifests: all those of its types. */
interface Part {
    readonly program: Program;
    readonly types: readonly string[];
    readonly byKinds: Map<Kinds, readonly Manifest[]>;
}

const parts = new WeakMap<readonly Manifest[], Part>();

/** The manifests of these kinds. The list is the same object for all lists of one program that have the same of them. */
export function ofKinds(kinds: Kinds, manifests: readonly Manifest[]): readonly Manifest[] {
    const { program, types, byKinds } = parts.get(manifests) ?? wholeOf(manifests);
    const known = byKinds.get(kinds);
    if (known !== undefined) return known;
    const chosen = types.filter((type) => {
        const example = program.examples.get(type);
        return example !== undefined && isOf(kinds, example);
    });
    const list = listOf(chosen, program);
    byKinds.set(kinds, list);
    return list;
}

/**
 * Remembers what `find` returns, for each program.
 * @param kinds all that `find` reads.
 */
export function oncePerProgram<T>(
    kinds: Kinds,
    find: (manifests: readonly Manifest[]) => T,
): (manifests: readonly Manifest[]) => T {
    const results = new WeakMap<readonly Manifest[], { readonly found: T }>();
    return (manifests) => {
        const list = ofKinds(kinds, manifests);
        const known = results.get(list);
        if (known !== undefined) return known.found;
        const found = find(list);
        results.set(list, { found });
        return found;
    };
}

function wholeOf(manifests: readonly Manifest[]): Part {
    const types = manifests.map(({ apiVersion, kind }) => `${textOf(apiVersion)} ${textOf(kind)}`);
    const examples = new Map<string, Manifest>();
    for (const [index, manifest] of manifests.entries()) {
        const type = types[index] ?? "";
        if (!examples.has(type)) examples.set(type, manifest);
    }
    const program = { manifests, types, examples, lists: new Map() };
    const part = { program, types: [...examples.keys()], byKinds: new Map() };
    parts.set(manifests, part);
    return part;
}

function listOf(chosen: readonly string[], program: Program): readonly Manifest[] {
    const { manifests, types, examples, lists } = program;
    if (chosen.length === examples.size) return manifests;
    const key = chosen.join();
    const known = lists.get(key);
    if (known !== undefined) return known;
    const read = new Set(chosen);
    const list = manifests.filter((_, index) => read.has(types[index] ?? ""));
    lists.set(key, list);
    parts.set(list, { program, types: chosen, byKinds: new Map() });
    return list;
}
