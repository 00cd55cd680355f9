/** Rule: the namespaces that an AuthorizationPolicy names exist. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { NAMESPACE, namesOf, objectIndex } from "../lookup/mesh/objectIndex";
import { misspelled } from "../lookup/mesh/typo";
import { WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import type { Finding, Kind, Manifest, ProgramRule } from "../rule";

const AUTHORIZATION_POLICY: Kind = { group: "security.istio.io", kind: "AuthorizationPolicy" };
const FIX =
    "Correct the namespace: no request comes from one that does not exist, so the rule allows or denies others than you mean.";
/** A program with so many Namespaces probably has all of them. */
const MANY = 3;
/** Namespaces that Kubernetes or an installation of Istio creates. */
const SYSTEM = /^(default$|kube-|istio-)/;

export const sourceNamespace: ProgramRule = {
    scope: "program",
    id: "source-namespace",
    group: "references",
    description: "Every namespace that an AuthorizationPolicy names should exist.",
    severity: "advisory",
    kinds: [AUTHORIZATION_POLICY, NAMESPACE, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        const index = objectIndex(manifests);
        const declared = namesOf(index.all(NAMESPACE));
        if (declared.length === 0) return [];
        const known = [...new Set([...declared, ...workloadsIn(manifests).namespaces])].sort();
        return index
            .all(AUTHORIZATION_POLICY)
            .flatMap((policy) => judge(policy, known, declared.length >= MANY));
    },
};

function judge(policy: Manifest, known: readonly string[], isWhole: boolean): Finding[] {
    return namedIn(policy).flatMap(({ path, name }) => {
        if (name === UNKNOWN) {
            return [findingAt(policy, path, UNKNOWN, "the name of a namespace", FIX)];
        }
        if (typeof name !== "string" || SYSTEM.test(name)) return [];
        if (known.some((one) => matches(one, name))) return [];
        const meant = misspelled(name, known);
        if (meant === undefined && !isWhole) return [];
        const expected = `a namespace of the program, such as ${meant ?? known[0]}`;
        return [findingAt(policy, path, name, expected, FIX)];
    });
}

interface Named {
    /** "spec.rules[0].from[0].source.namespaces[0]" */
    readonly path: string;
    readonly name: unknown;
}

function namedIn(policy: Manifest): Named[] {
    return items(at(policy, "spec", "rules")).flatMap(([index, rule]) =>
        items(at(rule, "from")).flatMap(([place, from]) =>
            ["namespaces", "notNamespaces"].flatMap((field) => {
                const path = `spec.rules[${index}].from[${place}].source.${field}`;
                const names = at(from, "source", field);
                if (names === UNKNOWN) return [{ path, name: UNKNOWN }];
                return items(names).map(([at_, name]) => ({ path: `${path}[${at_}]`, name }));
            }),
        ),
    );
}

/** A name, or one that starts or ends with "*" (pkg/config/analysis/analyzers/authz). */
function matches(namespace: string, pattern: string): boolean {
    if (pattern.startsWith("*")) return namespace.endsWith(pattern.slice(1));
    if (pattern.endsWith("*")) return namespace.startsWith(pattern.slice(0, -1));
    return namespace === pattern;
}
