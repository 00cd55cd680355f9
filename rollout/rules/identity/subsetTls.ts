/** Rule: no version is reached by other TLS than the rest. */

import { at, items } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import type { ResourceRule } from "../rule";

export const subsetTls: ResourceRule = {
    scope: "resource",
    id: "subset-tls",
    group: "identity",
    description: "No subset of a DestinationRule sets a TLS mode of its own.",
    severity: "mandatory",
    kinds: [{ group: "networking.istio.io", kind: "DestinationRule" }],
    options: {},
    check(manifest) {
        const whole = at(manifest, "spec", "trafficPolicy", "tls", "mode");
        return items(at(manifest, "spec", "subsets")).flatMap(([index, subset]) => {
            const mode = at(subset, "trafficPolicy", "tls", "mode");
            if (mode === undefined || mode === null || mode === whole) return [];
            const path = `spec.subsets[${index}].trafficPolicy.tls.mode`;
            const expected =
                typeof whole === "string" ? `${whole}, as for the whole host` : "none of its own";
            const fix =
                "Say it for the whole host: with another mode only this version's callers get 503.";
            return [findingAt(manifest, path, mode, expected, fix)];
        });
    },
};
