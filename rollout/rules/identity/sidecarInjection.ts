/** Rule: the pods of every subset have a sidecar. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf } from "../lookup/resourceName";
import { SUBSET_KINDS, splitsIn, subsetsOf, workloadsWith } from "../lookup/subsets";
import type { Finding, Manifest, ProgramRule } from "../rule";

const INJECT = "sidecar.istio.io/inject";
const TEMPLATE = ["spec", "template", "metadata"] as const;
const FIX =
    "Enable sidecar injection: without a sidecar, this version has no mutual TLS, no identity and no telemetry.";

export const sidecarInjection: ProgramRule = {
    scope: "program",
    id: "sidecar-injection",
    group: "identity",
    description: "The pods of every subset must have a sidecar.",
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
    const label = 'the label sidecar.istio.io/inject: "true"';
    if (at(workload, "spec", "template", "spec", "hostNetwork") === true) {
        const path = "spec.template.spec.hostNetwork";
        return [
            findingAt(
                workload,
                path,
                true,
                "false, because Istio injects no sidecar into pods on the host network",
                FIX,
            ),
        ];
    }
    // The label overrides the annotation of the same name. Both override the namespace.
    for (const field of ["labels", "annotations"] as const) {
        const value = at(workload, ...TEMPLATE, field, INJECT);
        const path = `spec.template.metadata.${field}["${INJECT}"]`;
        if (value === UNKNOWN || value === "false")
            return [findingAt(workload, path, value, label, FIX)];
        if (value === "true") return [];
    }
    const namespace = manifests.find(
        (one) =>
            one.kind === "Namespace" && textAt(one, "metadata", "name") === namespaceOf(workload),
    );
    // Another program owns the namespace and its labels.
    if (namespace === undefined) return [];
    const injection = at(namespace, "metadata", "labels", "istio-injection");
    const revision = at(namespace, "metadata", "labels", "istio.io/rev");
    if (injection === "enabled" || (typeof revision === "string" && injection !== "disabled"))
        return [];
    const path = 'metadata.labels["istio-injection"]';
    const found = injection === UNKNOWN || revision === UNKNOWN ? UNKNOWN : injection;
    return [
        findingAt(
            namespace,
            path,
            found,
            "enabled, or the label istio.io/rev, or sidecar.istio.io/inject on the pods",
            FIX,
        ),
    ];
}
