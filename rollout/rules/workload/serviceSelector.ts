/** Rule: the Service selects the pods of every version. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import type { HostRule } from "../lookup/policies/destinationRules";
import { namespaceOf } from "../lookup/resourceName";
import { type Split, SUBSET_KINDS, splitsIn, workloadsWith } from "../lookup/subsets";
import { workloadsIn } from "../lookup/workloads";
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

function judge({ hostRule, service }: Split, manifests: readonly Manifest[]): Finding[] {
    const selector = at(service, "spec", "selector");
    // Without a selector, somebody else lists the endpoints of the Service.
    if (service === undefined || selector === undefined || selector === null) return [];
    const path = "spec.selector";
    if (selector === UNKNOWN) {
        return [findingAt(service, path, UNKNOWN, "labels that the pods of all subsets have", FIX)];
    }
    const pinned = Object.entries(selector).filter(([key, value]) =>
        hostRule.subsets.some(({ value: subset }) => {
            const other = at(subset, "labels", key);
            return other !== undefined && other !== UNKNOWN && other !== value;
        }),
    );
    if (pinned.length > 0) {
        const keys = pinned.map(([key]) => key).join(", ");
        const expected = `a selector without ${keys}, because the subsets differ in it`;
        return [findingAt(service, path, selector, expected, FIX)];
    }
    return unselectedPods(hostRule, service, manifests);
}

/** Workloads that a subset selects and no Service does. Pods that another Service selects belong to another app. */
function unselectedPods(
    { subsets }: HostRule,
    service: Manifest,
    manifests: readonly Manifest[],
): Finding[] {
    const namespace = namespaceOf(service);
    const selector = at(service, "spec", "selector");
    const own = workloadsWith(selector, namespace, manifests);
    if (own.byCluster) return [];
    return subsets.flatMap(({ value: subset }) => {
        const pods = workloadsWith(at(subset, "labels"), namespace, manifests).found;
        const others = pods.filter((pod) => isVersionOf(service, pod, manifests));
        if (others.length === 0 || pods.some((pod) => own.found.includes(pod))) return [];
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

/**
 * Whether pods are probably a version of the Service's app: by name, or because they lack a label of its selector. Other
 * apps of the namespace, such as workers without a Service, may have the label `version` too.
 */
function isVersionOf(
    service: Manifest,
    workload: Manifest,
    manifests: readonly Manifest[],
): boolean {
    const app = textAt(service, "metadata", "name") ?? "";
    const labels = workloadsIn(manifests).labels.get(workload);
    const keys = Object.keys(at(service, "spec", "selector") ?? {});
    const isNamed = textAt(workload, "metadata", "name")?.startsWith(app) ?? false;
    return isNamed || keys.some((key) => at(labels, key) === undefined);
}
