/** Rule: the Service selects the pods of every version. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf } from "../lookup/resourceName";
import { type Split, SUBSET_KINDS, splitsIn, workloadsWith } from "../lookup/subsets";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Select a label that all versions share, such as app: a subset contains only pods of its Service.";

export const serviceSelector: ProgramRule = {
    scope: "program",
    id: "service-selector",
    group: "workload",
    description: "A Service with subsets must select the pods of every subset.",
    severity: "mandatory",
    kinds: SUBSET_KINDS,
    options: {},
    check(manifests) {
        return splitsIn(manifests).flatMap((split) => judge(split, manifests));
    },
};

function judge({ rule, service }: Split, manifests: readonly Manifest[]): Finding[] {
    if (service === undefined) return [];
    const path = "spec.selector";
    const selector = at(service, "spec", "selector");
    if (selector === UNKNOWN) {
        return [findingAt(service, path, UNKNOWN, "labels that the pods of all subsets have", FIX)];
    }
    const pinned = Object.entries(selector ?? {}).filter(([key, value]) =>
        items(at(rule, "spec", "subsets")).some(([, subset]) => {
            const other = at(subset, "labels", key);
            return other !== undefined && other !== UNKNOWN && other !== value;
        }),
    );
    if (pinned.length > 0) {
        const keys = pinned.map(([key]) => key).join(", ");
        const expected = `a selector without ${keys}, because the subsets differ in it`;
        return [findingAt(service, path, selector, expected, FIX)];
    }
    return unselectedPods(rule, service, manifests);
}

/** Workloads that a subset selects and no Service does. Pods that another Service selects belong to another app. */
function unselectedPods(
    rule: Manifest,
    service: Manifest,
    manifests: readonly Manifest[],
): Finding[] {
    const namespace = namespaceOf(service);
    const selector = at(service, "spec", "selector");
    const own = workloadsWith(selector, namespace, manifests).found;
    return items(at(rule, "spec", "subsets")).flatMap(([, subset]) => {
        const pods = workloadsWith(at(subset, "labels"), namespace, manifests).found;
        const others = pods.filter((pod) => !own.includes(pod));
        if (others.length === 0) return [];
        const selected = manifests
            .filter((one) => one.kind === "Service" && namespaceOf(one) === namespace)
            .map((one) => workloadsWith(at(one, "spec", "selector"), namespace, manifests));
        const maybeMore = selected.some((one) => one.maybeMore);
        const left = others.filter((pod) => !selected.some(({ found }) => found.includes(pod)));
        return left.map((pod) => {
            const name = textAt(pod, "metadata", "name") ?? "the workload";
            const expected = `labels that the pods of ${name} (subset ${textAt(subset, "name") ?? ""}) also have`;
            return findingAt(
                service,
                "spec.selector",
                maybeMore ? UNKNOWN : selector,
                expected,
                FIX,
            );
        });
    });
}
