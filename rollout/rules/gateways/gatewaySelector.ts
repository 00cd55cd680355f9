/** Rule: a policy for a Gateway of the Gateway API names the Gateway. */

import { at, isMapping, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { podSelectorOf, TELEMETRY } from "../lookup/policies/podSelectors";
import { namespaceOf } from "../lookup/resourceName";
import { workloadsWith } from "../lookup/subsets";
import { GATEWAY_LABEL, WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import { type Finding, isOf, type Kind, type Manifest, type ProgramRule } from "../rule";

const POLICIES: readonly Kind[] = [
    { group: "security.istio.io", kind: "AuthorizationPolicy" },
    { group: "security.istio.io", kind: "RequestAuthentication" },
    { group: "extensions.istio.io", kind: "WasmPlugin" },
    TELEMETRY,
];
const FIX =
    "Replace the selector by targetRefs: waypoints ignore selectors, and other gateways of the Gateway API do so if ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY is false.";

export const gatewaySelector: ProgramRule = {
    scope: "program",
    id: "gateway-selector",
    group: "gateways",
    description: "A policy for a Gateway of the Gateway API should name it in targetRefs.",
    severity: "advisory",
    kinds: [...POLICIES, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        return manifests
            .filter((one) => isOf(POLICIES, one))
            .flatMap((policy) => judge(policy, manifests));
    },
};

function judge(policy: Manifest, manifests: readonly Manifest[]): Finding[] {
    const targets = ["targetRefs", "targetRef"].map((field) => at(policy, "spec", field));
    const { path, labels } = podSelectorOf(policy);
    if (targets.some((one) => one !== undefined) || !isMapping(labels)) return [];
    const gateway = at(labels, GATEWAY_LABEL) ?? gatewayOfPods(policy, labels, manifests);
    if (gateway === undefined) return [];
    if (gateway === UNKNOWN) {
        return [findingAt(policy, path, UNKNOWN, "targetRefs with the Gateway", FIX)];
    }
    return [findingAt(policy, path, labels, `targetRefs with Gateway ${gateway}`, FIX)];
}

/** The Gateway whose pods a selector matches by other labels. */
function gatewayOfPods(
    policy: Manifest,
    labels: unknown,
    manifests: readonly Manifest[],
): string | undefined {
    const { found } = workloadsWith(labels, namespaceOf(policy), manifests);
    const names = found.map((pod) => textAt(workloadsIn(manifests).labels.get(pod), GATEWAY_LABEL));
    return names.find((one) => one !== undefined);
}
