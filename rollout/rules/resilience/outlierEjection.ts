/** Rule: outlier detection never ejects all pods. */

import { at } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { placesIn } from "../lookup/policies/trafficPolicies";
import type { ResourceRule } from "../rule";

export const outlierEjection: ResourceRule = {
    scope: "resource",
    id: "outlier-ejection",
    group: "resilience",
    description: "Outlier detection must not be able to eject every pod of a subset.",
    severity: "mandatory",
    kinds: [{ group: "networking.istio.io", kind: "DestinationRule" }],
    options: {
        most: {
            type: "integer",
            minimum: 0,
            maximum: 100,
            description: "Largest percentage of pods that may be ejected.",
            default: 99,
        },
    },
    check(manifest, { most }) {
        return placesIn(manifest).flatMap(({ path: place, value }) => {
            const percent = at(value, "outlierDetection", "maxEjectionPercent");
            // Envoy's default is 10.
            if (percent === undefined || percent === null) return [];
            if (typeof percent === "number" && percent <= Number(most)) return [];
            const path = `${place}.outlierDetection.maxEjectionPercent`;
            const fix =
                "Lower it: an error in all pods, such as a database outage, would eject the whole subset.";
            return [findingAt(manifest, path, percent, `at most ${most}`, fix)];
        });
    },
};
