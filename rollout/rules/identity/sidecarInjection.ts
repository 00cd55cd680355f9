/** Rule: the pods of every subset have a sidecar. */

import { findingAt } from "../lookup/findingAt";
import { NAMESPACE } from "../lookup/mesh/objectIndex";
import { missingProxy } from "../lookup/policies/injection";
import { SUBSET_KINDS, splitsIn, subsetsOf, workloadsWith } from "../lookup/subsets";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Enable sidecar injection: without a sidecar, this version has no mutual TLS, no identity and no telemetry.";

const EXPECTED = {
    "host network": "false, because Istio injects no sidecar into pods on the host network",
    pod: 'the label sidecar.istio.io/inject: "true"',
    namespace: "enabled, or the label istio.io/rev, or sidecar.istio.io/inject on the pods",
};

export const sidecarInjection: ProgramRule = {
    scope: "program",
    id: "sidecar-injection",
    group: "identity",
    description: "The pods of every subset must have a sidecar.",
    severity: "mandatory",
    kinds: [...SUBSET_KINDS, NAMESPACE],
    options: {},
    check(manifests) {
        const workloads = splitsIn(manifests).flatMap(({ hostRule, namespace, service }) =>
            subsetsOf(hostRule, service).flatMap(
                ({ labels }) => workloadsWith(labels, namespace, manifests).found,
            ),
        );
        return [...new Set(workloads)].flatMap((workload) => judge(workload, manifests));
    },
};

function judge(workload: Manifest, manifests: readonly Manifest[]): Finding[] {
    const missing = missingProxy(workload, manifests);
    if (missing === undefined || missing === "unknown") return [];
    const { manifest, path, found, reason } = missing;
    const finding = findingAt(manifest, path, found, EXPECTED[reason], FIX);
    // `kubectl label namespace` may have set the label.
    return [
        reason === "namespace" && found === undefined ? { ...finding, advisory: true } : finding,
    ];
}
