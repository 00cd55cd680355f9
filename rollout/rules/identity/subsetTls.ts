/** Rule: all subsets of a host use one TLS mode. */

import { at } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { type HostRule, hostRulesIn } from "../lookup/policies/destinationRules";
import { policyField, policyPlaces } from "../lookup/policies/trafficPolicies";
import type { Finding, ProgramRule } from "../rule";

const FIX =
    "Set the mode for the whole host: if the pods reject this mode, requests to this version fail with 503.";

export const subsetTls: ProgramRule = {
    scope: "program",
    id: "subset-tls",
    group: "identity",
    description: "A subset must not override the TLS mode of its DestinationRule.",
    severity: "mandatory",
    kinds: [{ group: "networking.istio.io", kind: "DestinationRule" }],
    options: {},
    check: (manifests) => hostRulesIn(manifests).flatMap(judge),
};

function judge(hostRule: HostRule): Finding[] {
    // A subset without labels is no version: it names a policy for all pods, as in Istio's egress gateway tasks.
    const versions = hostRule.subsets
        .filter(({ value }) => Object.keys(at(value, "labels") ?? {}).length > 0)
        .map(({ value }) => at(value, "name"));
    return policyPlaces(hostRule).flatMap(({ rule, path, value, port, subset }) => {
        if (!versions.includes(subset)) return [];
        const mode = at(value, "tls", "mode");
        const hostMode = at(policyField(hostRule, "tls", { port })?.value, "mode");
        if (mode === undefined || mode === null || mode === hostMode) return [];
        const expected =
            typeof hostMode === "string" ? `${hostMode}, as for the whole host` : "no TLS mode";
        return [findingAt(rule, `${path}.tls.mode`, mode, expected, FIX)];
    });
}
