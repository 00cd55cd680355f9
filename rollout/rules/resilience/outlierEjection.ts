/** Rule: outlier detection never ejects all pods. */

import { at, items } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
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
            description: "Largest percentage of pods that may be ejected.",
            default: 99,
        },
    },
    check(manifest, { most }) {
        const subsets = items(at(manifest, "spec", "subsets")).map(
            ([index]) => ["subsets", index] as const,
        );
        return [[] as const, ...subsets].flatMap((place) => {
            const policy = at(manifest, "spec", ...place, "trafficPolicy", "outlierDetection");
            const percent = at(policy, "maxEjectionPercent");
            // Envoy's default is 10.
            if (percent === undefined || percent === null) return [];
            if (typeof percent === "number" && percent <= Number(most)) return [];
            const where = place.length === 0 ? "spec" : `spec.subsets[${place[1]}]`;
            const path = `${where}.trafficPolicy.outlierDetection.maxEjectionPercent`;
            const fix =
                "Lower it: an error in all pods, such as a database outage, would eject the whole subset.";
            return [findingAt(manifest, path, percent, `at most ${most}`, fix)];
        });
    },
};
