/** Rule: a policy selects pods. */

import { UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { ROOT_NAMESPACE } from "../lookup/policies/destinationRules";
import { podSelectorOf, SELECTING_KINDS, selectedBy } from "../lookup/policies/podSelectors";
import { namespaceOf } from "../lookup/resourceName";
import { WORKLOAD_KINDS } from "../lookup/workloads";
import { type Finding, isOf, type Manifest, type ProgramRule } from "../rule";

const FIX = "Correct the labels: as it is, the object has no effect on any of these pods.";

export const policySelector: ProgramRule = {
    scope: "program",
    id: "policy-selector",
    group: "identity",
    description: "The selector of a policy, Sidecar, Telemetry or EnvoyFilter should match pods.",
    severity: "advisory",
    kinds: [...SELECTING_KINDS, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        return manifests
            .filter((one) => isOf(SELECTING_KINDS, one))
            .flatMap((policy) => judge(policy, manifests));
    },
};

function judge(policy: Manifest, manifests: readonly Manifest[]): Finding[] {
    const { path, labels } = podSelectorOf(policy);
    const selected = selectedBy(policy, manifests);
    // Another program owns the pods.
    if (selected.length === 0) return [];
    if (selected.some(({ found, byCluster }) => found.length > 0 || byCluster)) return [];
    const isUnknown = selected.some(({ maybeMore }) => maybeMore);
    const own = namespaceOf(policy);
    const expected = `labels of pods in ${own === ROOT_NAMESPACE ? "the program" : own}`;
    return [findingAt(policy, path, isUnknown ? UNKNOWN : labels, expected, FIX)];
}
