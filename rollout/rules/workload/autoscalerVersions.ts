/** Rule: all versions of an app scale alike. */

import { at } from "../../config/unknown";
import { AUTOSCALER_KINDS, scaledIn } from "../lookup/autoscalers";
import { findingAt } from "../lookup/findingAt";
import { resourceName } from "../lookup/resourceName";
import { SPLIT_KINDS } from "../lookup/routes";
import { SUBSET_KINDS } from "../lookup/subsets";
import { versionsIn } from "../lookup/versions";
import { isController, workloadsIn } from "../lookup/workloads";
import type { Finding, ProgramRule } from "../rule";

const FIX =
    "Add an autoscaler for it: otherwise its pods stay the same while its share of the requests grows.";

export const autoscalerVersions: ProgramRule = {
    scope: "program",
    id: "autoscaler-versions",
    group: "workload",
    description: "If one version of an app has an autoscaler, every version should have one.",
    severity: "advisory",
    kinds: [...SPLIT_KINDS, ...AUTOSCALER_KINDS, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        const scaled = scaledIn(manifests);
        if (scaled.size === 0) return [];
        const { controlled } = workloadsIn(manifests);
        return versionsIn(manifests).flatMap((versions): Finding[] => {
            const pods = [...new Set(versions.flatMap(({ workloads }) => workloads))].filter(
                (one) => isController(one) && one.kind !== "DaemonSet",
            );
            const other = pods.find((one) => scaled.has(one));
            if (other === undefined || pods.some((one) => controlled.has(one))) return [];
            const expected = `an autoscaler, as ${resourceName(other)} has`;
            return pods
                .filter((one) => !scaled.has(one))
                .map((one) =>
                    findingAt(one, "spec.replicas", at(one, "spec", "replicas"), expected, FIX),
                );
        });
    },
};
