/** Rule: an AuthorizationPolicy names the ServiceAccounts of all versions of a caller. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { isPrincipal } from "../lookup/policies/principalPatterns";
import { SUBSET_KINDS, splitsIn, subsetsOf, workloadsWith } from "../lookup/subsets";
import { podTemplateOf } from "../lookup/workloads";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX = "Name the accounts of all versions: all of them send requests during a rollout.";

export const versionAccounts: ProgramRule = {
    scope: "program",
    id: "version-accounts",
    group: "identity",
    description:
        "An AuthorizationPolicy that names the ServiceAccount of one version must name those of all versions.",
    severity: "mandatory",
    kinds: [...SUBSET_KINDS, { group: "security.istio.io", kind: "AuthorizationPolicy" }],
    options: {},
    check(manifests) {
        const callers = splitsIn(manifests).flatMap(({ hostRule, namespace, service }) => {
            const lists = subsetsOf(hostRule, service).map(({ labels }) =>
                workloadsWith(labels, namespace, manifests).found.map(accountOf),
            );
            const accounts = new Set(lists.flat());
            // both-principals compares names that end in -v1 and -v2.
            const isNamed = [...accounts].every((one) => /-v[12]$/.test(textOf(one)));
            const isKnown = accounts.size > 1 && !accounts.has(undefined) && !isNamed;
            return isKnown ? [{ namespace, accounts: [...accounts] as string[] }] : [];
        });
        if (callers.length === 0) return [];
        return ofKind("AuthorizationPolicy", manifests).flatMap((policy) =>
            callers.flatMap((caller) => judge(policy, caller)),
        );
    },
};

interface Caller {
    readonly namespace: string;
    /** ServiceAccounts of its versions. */
    readonly accounts: readonly string[];
}

/** Undefined if it is not known. Pods without a ServiceAccount use `default`. */
function accountOf(workload: Manifest): string | undefined {
    const template = podTemplateOf(workload);
    if (template === undefined) return undefined;
    const account = at(template, "spec", "serviceAccountName");
    return account === UNKNOWN ? undefined : textOf(account ?? "default");
}

function judge(policy: Manifest, { namespace, accounts }: Caller): Finding[] {
    return items(at(policy, "spec", "rules")).flatMap(([index, rule]) => {
        const lists = items(at(rule, "from")).map(([place, one]) => ({
            path: `spec.rules[${index}].from[${place}].source.principals`,
            list: items(at(one, "source", "principals")),
        }));
        // A source without principals names all callers.
        if (lists.some(({ list }) => list.length === 0)) return [];
        const names = lists.flatMap(({ path, list }) =>
            list.map(([place, name]) => ({ path: `${path}[${place}]`, name })),
        );
        if (names.some(({ name }) => name === UNKNOWN)) return [];
        const named = accounts.map((account) =>
            names.find(({ name }) => isPrincipal(textOf(name), namespace, account)),
        );
        const first = named.find((one) => one !== undefined);
        const missing = accounts.filter((_, place) => named[place] === undefined);
        if (first === undefined || missing.length === 0) return [];
        const expected = `this name together with ${missing.join(", ")}, because other versions use ${missing.length === 1 ? "that account" : "those accounts"}`;
        return [findingAt(policy, first.path, first.name, expected, FIX)];
    });
}
