/** Rule: the selector of a workload does not match the pods of another. */

import { at } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { matchesSelector } from "../lookup/labelSelector";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { workloadsWith } from "../lookup/subsets";
import { isController, WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Add a label such as `version` to both selectors, in new objects: a selector cannot be changed. Autoscalers and disruption budgets count the pods of both.";

export const selectorOverlap: ProgramRule = {
    scope: "program",
    id: "selector-overlap",
    group: "workload",
    description: "The selector of a workload should not match the pods of another workload.",
    severity: "advisory",
    kinds: WORKLOAD_KINDS,
    options: {},
    check(manifests) {
        const { all, labels, controlled } = workloadsIn(manifests);
        // A Rollout has the selector of the Deployment that it takes over.
        const isOwn = (one: Manifest) => isController(one) && !controlled.has(one);
        return all.filter(isOwn).flatMap((workload): Finding[] => {
            const selector = at(workload, "spec", "selector");
            const wanted = at(selector, "matchLabels");
            const name = resourceName(workload);
            const others = workloadsWith(wanted, namespaceOf(workload), manifests)
                .found.filter((one) => isOwn(one) && resourceName(one) !== name)
                .filter((one) => matchesSelector(selector, labels.get(one)) === true);
            if (others.length === 0) return [];
            const names = [...new Set(others.map(resourceName))].join(", ");
            const expected = `labels that the pods of ${names} do not have`;
            return [findingAt(workload, "spec.selector.matchLabels", wanted, expected, FIX)];
        });
    },
};
