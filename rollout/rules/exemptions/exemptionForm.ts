/** Rule: an exemption says why, and until when. */

import { parseExemption } from "../../config/topics/exemptions";
import { findingAt } from "../lookup/findingAt";
import type { Kind, ResourceRule } from "../rule";
import { exemptionsOf } from "./exemption";

/** Every kind that some rule reads; index.ts sees to that. */
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

const expected = 'a day and a reason, such as "2026-12-31 long polling"';
const FIX = "Write the last day and the reason; without both the exemption does not hold.";

export const exemptionForm: ResourceRule = {
    scope: "resource",
    id: "exemption-form",
    group: "exemptions",
    description: "An exemption from a rule names the last day on which it holds, and the reason.",
    severity: "mandatory",
    kinds: JUDGED_KINDS,
    options: {},
    check(manifest) {
        return exemptionsOf(manifest).flatMap(({ annotation, text }) => {
            const path = `metadata.annotations["${annotation}"]`;
            if (parseExemption(text) !== undefined) return [];
            return [findingAt(manifest, path, text, expected, FIX)];
        });
    },
};
