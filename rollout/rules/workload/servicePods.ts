/** Rule: a Service selects pods. */

import { at, isMapping, textAt, textOf } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { misspelled } from "../lookup/mesh/typo";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { workloadsWith } from "../lookup/subsets";
import { WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX = "Correct the selector: a Service without pods answers every request with 503.";

export const servicePods: ProgramRule = {
    scope: "program",
    id: "service-pods",
    group: "workload",
    description: "The selector of a Service must match pods if the program has pods like them.",
    severity: "mandatory",
    kinds: [{ group: "", kind: "Service" }, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        const services = ofKind("Service", manifests);
        const selected = new Set(services.flatMap((one) => podsOf(one, manifests).found));
        const free = new Map<string, Manifest[]>();
        for (const workload of workloadsIn(manifests).all) {
            if (selected.has(workload)) continue;
            const list = free.get(namespaceOf(workload)) ?? [];
            list.push(workload);
            free.set(namespaceOf(workload), list);
        }
        return services.flatMap((service) =>
            judge(service, free.get(namespaceOf(service)) ?? [], manifests),
        );
    },
};

function podsOf(service: Manifest, manifests: readonly Manifest[]) {
    return workloadsWith(at(service, "spec", "selector"), namespaceOf(service), manifests);
}

/** @param free workloads of the namespace that no Service selects. */
function judge(
    service: Manifest,
    free: readonly Manifest[],
    manifests: readonly Manifest[],
): Finding[] {
    const selector = at(service, "spec", "selector");
    if (!isMapping(selector) || Object.keys(selector).length === 0) return [];
    const { found, maybeMore, byCluster } = podsOf(service, manifests);
    // Pods with unknown labels may match. Without pods in the program, another program may have them.
    if (found.length > 0 || maybeMore || byCluster) return [];
    const { labels } = workloadsIn(manifests);
    const app = textAt(service, "metadata", "name") ?? "";
    const [similar] = free
        .map((workload) => ({ workload, likeness: likeness(selector, labels.get(workload), app) }))
        .filter(({ likeness: one }) => one !== "other")
        .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
    if (similar === undefined) return [];
    const expected = `labels of the pods of ${resourceName(similar.workload)}, which no Service selects`;
    const finding = findingAt(service, "spec.selector", selector, expected, FIX);
    return [similar.likeness === "same" ? finding : { ...finding, advisory: true }];
}

/** The most similar first, then by name. */
function sortKey({ workload, likeness }: { workload: Manifest; likeness: string }): string {
    return `${likeness === "same" ? 0 : 1} ${resourceName(workload)}`;
}

/** Whether the labels that differ name the Service's app ("same"), or differ by a typing error ("like"). */
function likeness(
    selector: Record<string, unknown>,
    labels: unknown,
    app: string,
): "same" | "like" | "other" {
    const pairs = Object.entries(selector).map(([key, value]) => ({ value, has: at(labels, key) }));
    const wrong = pairs.filter(({ value, has }) => value !== has);
    if (wrong.some(({ has }) => typeof has !== "string")) {
        return pairs.length > wrong.length ? "like" : "other";
    }
    if (wrong.every(({ has }) => has === app)) return "same";
    const isTypo = wrong.every(
        ({ value, has }) => misspelled(textOf(value), [textOf(has)]) !== undefined,
    );
    return isTypo ? "like" : "other";
}
