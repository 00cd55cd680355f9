/** Finds a program's objects by kind, namespace and name. */

import { textAt } from "../../../config/unknown";
import { oncePerProgram } from "../../ofKinds";
import type { Kind, Manifest } from "../../rule";
import { namespaceOf } from "../resourceName";

export interface ObjectIndex {
    /** All objects of a kind. */
    all(kind: Kind): readonly Manifest[];
    /** The objects of a kind in a namespace. */
    within(kind: Kind, namespace: string): readonly Manifest[];
    named(kind: Kind, namespace: string, name: string): Manifest | undefined;
}

export const objectIndex = oncePerProgram("all", buildIndex);

function buildIndex(manifests: readonly Manifest[]): ObjectIndex {
    const lists = new Map<string, Manifest[]>();
    const names = new Map<string, Manifest>();
    for (const one of manifests) {
        const kind = keyOf({ group: groupOf(one), kind: one.kind });
        const within = `${kind} ${namespaceOf(one)}`;
        for (const key of [kind, within]) {
            const list = lists.get(key) ?? [];
            list.push(one);
            lists.set(key, list);
        }
        const name = `${within}/${textAt(one, "metadata", "name")}`;
        if (!names.has(name)) names.set(name, one);
    }
    return {
        all: (kind) => lists.get(keyOf(kind)) ?? [],
        within: (kind, namespace) => lists.get(`${keyOf(kind)} ${namespace}`) ?? [],
        named: (kind, namespace, name) => names.get(`${keyOf(kind)} ${namespace}/${name}`),
    };
}

export const NAMESPACE: Kind = { group: "", kind: "Namespace" };

const namespacesOf = oncePerProgram(
    [NAMESPACE],
    (all) => new Map([...all].reverse().map((one) => [textAt(one, "metadata", "name"), one])),
);

/** A Namespace is in no namespace, whatever its manifest says. */
export function namespaceNamed(name: string, manifests: readonly Manifest[]): Manifest | undefined {
    return namespacesOf(manifests).get(name);
}

export function groupOf({ apiVersion }: Manifest): string {
    return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** Names of objects, except unknown ones. */
export function namesOf(manifests: readonly Manifest[]): string[] {
    return manifests.flatMap((one) => textAt(one, "metadata", "name") ?? []);
}

/** Whether an object states its namespace. Otherwise `kubectl -n`, Helm or Argo CD may choose another one. */
export function hasNamespace(manifest: Manifest): boolean {
    return textAt(manifest, "metadata", "namespace") !== undefined;
}

function keyOf({ group, kind }: Kind): string {
    return `${group}/${kind}`;
}
