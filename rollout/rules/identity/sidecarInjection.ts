/** Rule: pods behind a subset have a sidecar. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf } from "../lookup/names";
import { SUBSET_KINDS, splitsIn, subsetsOf, workloadsWith } from "../lookup/subsets";
import type { Finding, Manifest, ProgramRule } from "../rule";

const INJECT = "sidecar.istio.io/inject";
const TEMPLATE = ["spec", "template", "metadata"] as const;
const FIX =
    "Let Istio inject the sidecar: without it there is no mutual TLS, no identity and no telemetry of this version.";

export const sidecarInjection: ProgramRule = {
    scope: "program",
    id: "sidecar-injection",
    group: "identity",
    description: "The pods of every subset get a sidecar.",
    severity: "mandatory",
    kinds: [...SUBSET_KINDS, { group: "", kind: "Namespace" }],
    options: {},
    check(manifests) {
        const workloads = splitsIn(manifests).flatMap(({ rule, namespace, service }) =>
            [...subsetsOf(rule, service).values()].flatMap(
                (labels) => workloadsWith(labels, namespace, manifests).found,
            ),
        );
        return [...new Set(workloads)].flatMap((workload) => judge(workload, manifests));
    },
};

function judge(workload: Manifest, manifests: readonly Manifest[]): Finding[] {
    const on = 'the label sidecar.istio.io/inject: "true"';
    if (at(workload, "spec", "template", "spec", "hostNetwork") === true) {
        const path = "spec.template.spec.hostNetwork";
        return [
            findingAt(workload, path, true, "false, for Istio injects no sidecar otherwise", FIX),
        ];
    }
    // The label wins over the annotation of that name, and both over the namespace.
    for (const field of ["labels", "annotations"] as const) {
        const value = at(workload, ...TEMPLATE, field, INJECT);
        const path = `spec.template.metadata.${field}["${INJECT}"]`;
        if (value === UNKNOWN || value === "false")
            return [findingAt(workload, path, value, on, FIX)];
        if (value === "true") return [];
    }
    const namespace = manifests.find(
        (one) =>
            one.kind === "Namespace" && textAt(one, "metadata", "name") === namespaceOf(workload),
    );
    // A namespace that exists already is labelled by whoever made it.
    if (namespace === undefined) return [];
    const label = at(namespace, "metadata", "labels", "istio-injection");
    const revision = at(namespace, "metadata", "labels", "istio.io/rev");
    if (label === "enabled" || (typeof revision === "string" && label !== "disabled")) return [];
    const path = 'metadata.labels["istio-injection"]';
    const found = label === UNKNOWN || revision === UNKNOWN ? UNKNOWN : label;
    return [
        findingAt(namespace, path, found, "enabled, or istio.io/rev, or the pods' own label", FIX),
    ];
}
