/** Rule: all subsets of a host use one TLS mode. */

import { at, items } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import type { ResourceRule } from "../rule";

export const subsetTls: ResourceRule = {
    scope: "resource",
    id: "subset-tls",
    group: "identity",
    description: "A subset must not override the TLS mode of its DestinationRule.",
    severity: "mandatory",
    kinds: [{ group: "networking.istio.io", kind: "DestinationRule" }],
    options: {},
    check(manifest) {
        const hostMode = at(manifest, "spec", "trafficPolicy", "tls", "mode");
        return items(at(manifest, "spec", "subsets")).flatMap(([index, subset]) => {
            const mode = at(subset, "trafficPolicy", "tls", "mode");
            if (mode === undefined || mode === null || mode === hostMode) return [];
            const path = `spec.subsets[${index}].trafficPolicy.tls.mode`;
            const expected =
                typeof hostMode === "string" ? `${hostMode}, as for the whole host` : "no TLS mode";
            const fix =
                "Set the mode for the whole host: if the pods reject this mode, requests to this version fail with 503.";
            return [findingAt(manifest, path, mode, expected, fix)];
        });
    },
};
