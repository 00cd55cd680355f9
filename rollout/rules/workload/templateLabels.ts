/** Rule: the selector of a workload matches the labels of its pod template. */

import { at, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { matchesSelector } from "../lookup/labelSelector";
import { isController, podTemplateOf, WORKLOAD_KINDS } from "../lookup/workloads";
import type { ResourceRule } from "../rule";

const FIX =
    "Use the same labels in both: the API server rejects the object, because it would not control its own pods.";

export const templateLabels: ResourceRule = {
    scope: "resource",
    id: "template-labels",
    group: "workload",
    description: "The selector of a workload must match the labels of its pod template.",
    severity: "mandatory",
    kinds: WORKLOAD_KINDS,
    options: {},
    check(manifest) {
        const selector = at(manifest, "spec", "selector");
        const template = podTemplateOf(manifest);
        if (!isController(manifest) || template === undefined) return [];
        if (selector === undefined || selector === null) return [];
        const labels = at(template, "metadata", "labels");
        const matches = matchesSelector(selector, labels);
        if (matches === true) return [];
        const path = "spec.template.metadata.labels";
        const expected = `labels that match spec.selector (${JSON.stringify(selector)})`;
        if (matches === UNKNOWN) {
            return [findingAt(manifest, path, UNKNOWN, "labels that match spec.selector", FIX)];
        }
        return [findingAt(manifest, path, labels, expected, FIX)];
    },
};
