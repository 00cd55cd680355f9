/** Runs single rules over manifests. */
import { UNKNOWN } from "../config/unknown";
import { concerns, type Finding, type Manifest, type Options, optionsOf, type Rule } from "./rule";

/** Runs one rule on the manifests that it reads. */
export function findingsOf(rule: Rule, manifests: readonly Manifest[], given?: Options): Finding[] {
    const read = readBy(rule, manifests);
    const options = optionsOf(rule, given);
    return rule.scope === "program"
        ? rule.check(read, options)
        : read.flatMap((manifest) => rule.check(manifest, options));
}

/** Whether a finding is advisory at any level: its value is unknown, or may be intended. */
export function stopsNothing({ found, advisory }: Finding): boolean {
    return found === UNKNOWN || advisory === true;
}

/** What is known about one list of manifests. */
interface Known {
    /** "networking.istio.io/v1 VirtualService", for each manifest. */
    readonly types: readonly string[];
    /** The first manifest of each type. */
    readonly examples: ReadonlyMap<string, Manifest>;
    /** By set of types. Rules that read the same types share one list, and what lookups remember about it. */
    readonly lists: Map<string, readonly Manifest[]>;
}

const known = new WeakMap<readonly Manifest[], Known>();

function readBy(rule: Rule, manifests: readonly Manifest[]): readonly Manifest[] {
    const { types, examples, lists } = knownOf(manifests);
    const read = new Set<string>();
    for (const [type, example] of examples) {
        if (concerns(rule, example)) read.add(type);
    }
    if (read.size === examples.size) return manifests;
    const key = [...read].join();
    const list = lists.get(key) ?? manifests.filter((_, index) => read.has(types[index] ?? ""));
    lists.set(key, list);
    return list;
}

function knownOf(manifests: readonly Manifest[]): Known {
    const found = known.get(manifests);
    if (found !== undefined) return found;
    const types = manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    const examples = new Map<string, Manifest>();
    for (const [index, manifest] of manifests.entries()) {
        const type = types[index] ?? "";
        if (!examples.has(type)) examples.set(type, manifest);
    }
    const made = { types, examples, lists: new Map() };
    known.set(manifests, made);
    return made;
}
