/** Rule: the one Service has the pods of every version. */
import { findingAt } from "./findingAt";
import { fullHost, namespaceOf } from "./names";
import type { Finding, Manifest, ProgramRule } from "./rule";
import { SUBSET_KINDS, serviceOf, workloadsWith } from "./subsets";
import { at, items, textAt, UNKNOWN } from "./unknown";

const FIX =
    "Select what all versions share, such as app: a subset has only pods that its Service has.";

export const serviceSelector: ProgramRule = {
    scope: "program",
    id: "service-selector",
    description: "A Service with subsets selects the pods of every one of them.",
    severity: "mandatory",
    kinds: SUBSET_KINDS,
    options: {},
    check(manifests) {
        return manifests
            .filter(({ kind }) => kind === "DestinationRule")
            .flatMap((rule) => judge(rule, manifests));
    },
};

function judge(rule: Manifest, manifests: readonly Manifest[]): Finding[] {
    const host = fullHost(textAt(rule, "spec", "host") ?? "", namespaceOf(rule));
    const service = serviceOf(host, manifests);
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
        const allowed = `a selector without ${keys}, by which the subsets differ`;
        return [findingAt(service, path, selector, allowed, FIX)];
    }
    return missed(rule, service, manifests);
}

/** Workloads that have a subset's labels, but not the Service's. */
function missed(rule: Manifest, service: Manifest, manifests: readonly Manifest[]): Finding[] {
    const namespace = namespaceOf(service);
    const selector = at(service, "spec", "selector");
    const selected = workloadsWith(selector, namespace, manifests);
    const subsets = items(at(rule, "spec", "subsets"));
    return subsets.flatMap(([, subset]) => {
        const labels = at(subset, "labels");
        const pods = workloadsWith(labels, namespace, manifests).found;
        // A label as common as version: v1 is another app's too.
        if (pods.length !== 1 || selected.found.some((one) => pods.includes(one))) return [];
        const name = textAt(subset, "name") ?? "";
        const found = selected.maybeMore ? UNKNOWN : selector;
        const allowed = `labels that the pods of ${textAt(pods[0], "metadata", "name") ?? "the workload"}, subset ${name}, have too`;
        return [findingAt(service, "spec.selector", found, allowed, FIX)];
    });
}
