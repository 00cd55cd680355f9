/** Rule: a policy applies to all versions of an app. */

import { isMapping, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { podSelectorOf, SELECTING_KINDS, selectedBy } from "../lookup/policies/podSelectors";
import { resourceName } from "../lookup/resourceName";
import { SPLIT_KINDS } from "../lookup/routes";
import { SUBSET_KINDS } from "../lookup/subsets";
import { versionsIn } from "../lookup/versions";
import { type Finding, isOf, type Manifest, type ProgramRule } from "../rule";

const FIX =
    "Use a label that all versions share, such as `app`: as it is, requests to the other version are treated differently.";

export const policyVersions: ProgramRule = {
    scope: "program",
    id: "policy-versions",
    group: "identity",
    description: "A policy for the pods of one version should apply to those of every version.",
    severity: "advisory",
    kinds: [...SELECTING_KINDS, ...SPLIT_KINDS, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        const policies = policiesByPod(manifests);
        if (policies.size === 0) return [];
        return versionsIn(manifests).flatMap((versions): Finding[] => {
            const pods = [...new Set(versions.flatMap(({ workloads }) => workloads))];
            const all = new Set(pods.flatMap((pod) => policies.get(pod) ?? []));
            return [...all].flatMap(({ object, path, labels, sort }) => {
                const left = pods.find(
                    (pod) => !(policies.get(pod) ?? []).some((one) => one.sort === sort),
                );
                if (left === undefined) return [];
                const expected = `labels that ${resourceName(left)} has too, or another ${object.kind} for it`;
                return [findingAt(object, path, labels, expected, FIX)];
            });
        });
    },
};

interface Policy {
    readonly object: Manifest;
    readonly path: string;
    readonly labels: object;
    /** Policies of one sort can stand for each other: kind and action. */
    readonly sort: string;
}

/** The policies that select each workload by labels. */
function policiesByPod(manifests: readonly Manifest[]): ReadonlyMap<Manifest, Policy[]> {
    const policies = new Map<Manifest, Policy[]>();
    for (const object of manifests.filter((one) => isOf(SELECTING_KINDS, one))) {
        const { path, labels } = podSelectorOf(object);
        if (!isMapping(labels) || Object.values(labels).includes(UNKNOWN)) continue;
        const lists = selectedBy(object, manifests);
        if (lists.some(({ byCluster, maybeMore }) => byCluster || maybeMore)) continue;
        const action = textAt(object, "spec", "action") ?? "ALLOW";
        const policy = { object, path, labels, sort: `${object.kind} ${action}` };
        for (const pod of lists.flatMap(({ found }) => found)) {
            policies.set(pod, [...(policies.get(pod) ?? []), policy]);
        }
    }
    return policies;
}
