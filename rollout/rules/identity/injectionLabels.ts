/** Rule: a namespace has one label that says how its pods join the mesh. */

import { at, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import type { ResourceRule } from "../rule";

const LABELS = ["istio-injection", "istio.io/rev", "istio.io/dataplane-mode"] as const;
const FIX = "Keep the label that you mean: Istio ignores the other one.";

export const injectionLabels: ResourceRule = {
    scope: "resource",
    id: "injection-labels",
    group: "identity",
    description: "A namespace should have one label that says how its pods join the mesh.",
    severity: "advisory",
    kinds: [{ group: "", kind: "Namespace" }],
    options: {},
    check(manifest) {
        const labels = at(manifest, "metadata", "labels");
        const present = LABELS.filter((one) => at(labels, one) !== undefined);
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
        return [findingAt(manifest, "metadata.labels", found, `one of ${LABELS.join(", ")}`, FIX)];
    },
};
