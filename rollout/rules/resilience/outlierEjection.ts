/** Rule: outlier detection never leaves out every pod. */

import { at, items } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import type { ResourceRule } from "../rule";

export const outlierEjection: ResourceRule = {
    scope: "resource",
    id: "outlier-ejection",
    group: "resilience",
    description: "Outlier detection always leaves a part of a subset's pods in place.",
    severity: "mandatory",
    kinds: [{ group: "networking.istio.io", kind: "DestinationRule" }],
    options: {
        most: { type: "integer", description: "Largest percentage of pods left out.", default: 99 },
    },
    check(manifest, { most }) {
        const subsets = items(at(manifest, "spec", "subsets")).map(
            ([index]) => ["subsets", index] as const,
        );
        return [[] as const, ...subsets].flatMap((place) => {
            const policy = at(manifest, "spec", ...place, "trafficPolicy", "outlierDetection");
            const percent = at(policy, "maxEjectionPercent");
            // Envoy's own default is 10.
            if (percent === undefined || percent === null) return [];
            if (typeof percent === "number" && percent <= Number(most)) return [];
            const where = place.length === 0 ? "spec" : `spec.subsets[${place[1]}]`;
            const path = `${where}.trafficPolicy.outlierDetection.maxEjectionPercent`;
            const fix =
                "Lower it: an error that all pods share, such as a database that is down, would empty the subset.";
            return [findingAt(manifest, path, percent, `at most ${most}`, fix)];
        });
    },
};
