/** Rule: an exemption states its last day and a reason. */

import { parseExemption } from "../../config/topics/exemptions";
import { findingAt } from "../lookup/findingAt";
import type { Kind, ResourceRule } from "../rule";
import { exemptionsOf } from "./exemption";

/** All kinds that rules read. */
export const JUDGED_KINDS: readonly Kind[] = [
    { group: "", kind: "Namespace" },
    { group: "", kind: "Service" },
    { group: "apps", kind: "Deployment" },
    { group: "apps", kind: "StatefulSet" },
    { group: "networking.istio.io", kind: "DestinationRule" },
    { group: "networking.istio.io", kind: "Gateway" },
    { group: "networking.istio.io", kind: "VirtualService" },
    { group: "gateway.networking.k8s.io", kind: "HTTPRoute" },
    { group: "security.istio.io", kind: "AuthorizationPolicy" },
    { group: "security.istio.io", kind: "PeerAuthentication" },
];

const EXPECTED = 'a last day and a reason, such as "2026-12-31 long polling"';
const FIX = "Add both: otherwise the exemption has no effect.";

export const exemptionForm: ResourceRule = {
    scope: "resource",
    id: "exemption-form",
    group: "exemptions",
    description: "An exemption must state its last day and a reason.",
    severity: "mandatory",
    kinds: JUDGED_KINDS,
    options: {},
    check(manifest) {
        return exemptionsOf(manifest).flatMap(({ annotation, text }) => {
            const path = `metadata.annotations["${annotation}"]`;
            if (parseExemption(text) !== undefined) return [];
            return [findingAt(manifest, path, text, EXPECTED, FIX)];
        });
    },
};
