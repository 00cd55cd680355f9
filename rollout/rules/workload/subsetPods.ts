/** Rule: the labels of a subset match pods. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { type Split, SUBSET_KINDS, splitsIn, subsetsOf, workloadsWith } from "../lookup/subsets";
import { isAddedLabel } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Correct the labels: in a subset without pods, every request fails with 503 and the version shows 0 requests.";

export const subsetPods: ProgramRule = {
    scope: "program",
    id: "subset-pods",
    group: "workload",
    description: "The labels of every subset must match the pods of a workload.",
    severity: "mandatory",
    kinds: SUBSET_KINDS,
    options: {},
    check(manifests) {
        return splitsIn(manifests).flatMap((split) => judge(split, manifests));
    },
};

function judge({ hostRule, namespace, service }: Split, manifests: readonly Manifest[]): Finding[] {
    const selector = at(service, "spec", "selector");
    if (selector === undefined) return [];
    const behind = workloadsWith(selector, namespace, manifests);
    // Ignores pods of other programs, and slots that run nothing yet.
    const own = subsetsOf(hostRule, service)
        // A subset without labels has all pods of the Service.
        .filter((one) => one.own === UNKNOWN || Object.keys(one.own ?? {}).length > 0)
        .map((one) => ({ ...one, pods: workloadsWith(one.labels, namespace, manifests) }));
    const free = behind.found.filter((one) => !own.some(({ pods }) => pods.found.includes(one)));
    return own.flatMap(({ rule, path: place, own: labels, pods }) => {
        const path = `${place}.labels`;
        const empty = Object.entries(labels ?? {}).find(isNeverAdded)?.[0];
        if (empty !== undefined) {
            const expected = `a value for ${empty}, which Istio adds to pods only with a value`;
            return [findingAt(rule, path, labels, expected, FIX)];
        }
        if (pods.found.length > 0 || pods.byCluster || behind.byCluster) return [];
        if (labels === UNKNOWN || pods.maybeMore || behind.maybeMore) {
            const expected = "labels of the Service's pods";
            return [findingAt(rule, path, UNKNOWN, expected, FIX)];
        }
        if (free.length === 0) return [];
        const names = free.map((one) => textAt(one, "metadata", "name") ?? one.kind).join(", ");
        const expected = `labels of the pods of ${names}, which no subset selects`;
        return [findingAt(rule, path, labels, expected, FIX)];
    });
}

/** Nodes without a region or zone add no label (pilot/pkg/serviceregistry/util/label:AugmentLabels). */
function isNeverAdded([key, value]: [string, unknown]): boolean {
    return value === "" && isAddedLabel(key);
}
