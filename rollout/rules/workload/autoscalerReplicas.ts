/** Rule: an autoscaler owns the replicas of its workload. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import { AUTOSCALER_KINDS, scaledIn } from "../lookup/autoscalers";
import { findingAt } from "../lookup/findingAt";
import { resourceName } from "../lookup/resourceName";
import { WORKLOAD_KINDS } from "../lookup/workloads";
import type { Finding, ProgramRule } from "../rule";

export const autoscalerReplicas: ProgramRule = {
    scope: "program",
    id: "autoscaler-replicas",
    group: "workload",
    description: "A workload with an autoscaler should not set its number of replicas.",
    severity: "advisory",
    kinds: [...AUTOSCALER_KINDS, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        return [...scaledIn(manifests)].flatMap(([workload, autoscaler]): Finding[] => {
            const replicas = at(workload, "spec", "replicas");
            if (replicas === undefined || replicas === null) return [];
            const name = resourceName(autoscaler);
            const expected = `no value, because ${name} sets it`;
            const fix = `Remove \`replicas\`: each time ${textAt(workload, "metadata", "name") ?? "the workload"} is applied, it falls back to this number, at any load.`;
            const found = replicas === UNKNOWN ? UNKNOWN : replicas;
            return [findingAt(workload, "spec.replicas", found, expected, fix)];
        });
    },
};
