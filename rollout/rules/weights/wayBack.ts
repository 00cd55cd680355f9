/** Rule: the stable version can receive every request again at any time. */

import { ANNOTATIONS, annotationOf } from "../../config/names";
import { at, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { destinationsOf, VIRTUAL_SERVICE } from "../lookup/routes";
import { behind, SUBSET_KINDS } from "../lookup/subsets";
import { isManagedElsewhere } from "../lookup/workloads";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX = "Keep its pods until you swap the roles: a rollback to weight 0 needs them at once.";

export const wayBack: ProgramRule = {
    scope: "program",
    id: "way-back",
    group: "weights",
    description: "The stable version must keep its pods, whatever its share of the requests is.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((virtualService) =>
            judge(virtualService, manifests),
        );
    },
};

function judge(virtualService: Manifest, manifests: readonly Manifest[]): Finding[] {
    // CanaryRollout writes this annotation; a hand-written VirtualService may have it too.
    const stable = annotationOf(virtualService, "stable");
    const destination = destinationsOf(virtualService).find(({ subset }) => subset === stable);
    const target = destination && behind(destination, virtualService, manifests);
    // Another program owns the pods.
    if (target?.service === undefined) return [];
    if (isManagedElsewhere(virtualService, stable)) return [];
    const { found, maybeMore } = target.pods;
    const expected = `pods in subset ${stable}, because it is stable`;
    if (found.length === 0) {
        const path = `metadata.annotations["${ANNOTATIONS.stable}"]`;
        return [findingAt(virtualService, path, maybeMore ? UNKNOWN : stable, expected, FIX)];
    }
    return found.flatMap((workload) => {
        const replicas = at(workload, "spec", "replicas");
        if (replicas !== 0 && replicas !== UNKNOWN) return [];
        return [
            findingAt(
                workload,
                "spec.replicas",
                replicas,
                `at least 1 while subset ${stable} is stable`,
                FIX,
            ),
        ];
    });
}
