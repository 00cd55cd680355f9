/** Rule: a namespace has one label that says how its pods join the mesh. */

import { at, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { NAMESPACE } from "../lookup/mesh/objectIndex";
import { MESH_LABELS } from "../lookup/policies/injection";
import type { ResourceRule } from "../rule";

const FIX = "Keep the label that you mean: Istio ignores the other one.";

export const injectionLabels: ResourceRule = {
    scope: "resource",
    id: "injection-labels",
    group: "identity",
    description: "A namespace should have one label that says how its pods join the mesh.",
    severity: "advisory",
    kinds: [NAMESPACE],
    options: {},
    check(manifest) {
        const labels = at(manifest, "metadata", "labels");
        const present = MESH_LABELS.filter((one) => at(labels, one) !== undefined);
        const injection = at(labels, "istio-injection");
        // With "disabled", the namespace has no sidecars, and may be ambient.
        if (
            present.length < 2 ||
            (injection !== undefined && injection !== "enabled" && injection !== UNKNOWN)
        ) {
            return [];
        }
        const isUnknown = present.some((one) => at(labels, one) === UNKNOWN);
        const found = isUnknown ? UNKNOWN : present;
        return [
            findingAt(manifest, "metadata.labels", found, `one of ${MESH_LABELS.join(", ")}`, FIX),
        ];
    },
};
