/** Rule: the stable version can receive every request again at any time. */

import { ANNOTATIONS, annotationOf, appsOfRoute } from "../../config/names";
import { at, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { destinationsOf, isHttpRoute, SPLIT_KINDS, splittingRoutes } from "../lookup/routes";
import { behind, podsOfService, SUBSET_KINDS } from "../lookup/subsets";
import { isManagedElsewhere } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX = "Keep its pods until you swap the roles: a rollback to weight 0 needs them at once.";

export const wayBack: ProgramRule = {
    scope: "program",
    id: "way-back",
    group: "weights",
    description: "The stable version must keep its pods, whatever its share of the requests is.",
    severity: "mandatory",
    kinds: [...SPLIT_KINDS, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        return splittingRoutes(manifests).flatMap((route) => judge(route, manifests));
    },
};

function judge(route: Manifest, manifests: readonly Manifest[]): Finding[] {
    // CanaryRollout writes this annotation; a hand-written route may have it too.
    const stable = annotationOf(route, "stable");
    const pods = isHttpRoute(route)
        ? podsOfService(hostOfSlot(route, stable), manifests)
        : podsOfSubset(route, stable, manifests);
    // Another program owns the pods.
    if (pods === undefined) return [];
    if (isManagedElsewhere(route, stable)) return [];
    const { found, maybeMore } = pods;
    const expected = `pods in subset ${stable}, because it is stable`;
    if (found.length === 0) {
        const path = `metadata.annotations["${ANNOTATIONS.stable}"]`;
        return [findingAt(route, path, maybeMore ? UNKNOWN : stable, expected, FIX)];
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

function podsOfSubset(virtualService: Manifest, stable: unknown, manifests: readonly Manifest[]) {
    const destination = destinationsOf(virtualService).find(({ subset }) => subset === stable);
    const target = destination && behind(destination, virtualService, manifests);
    return target?.service && target.pods;
}

/** The stable's Service among the backends of an HTTPRoute. */
function hostOfSlot(route: Manifest, stable: unknown): unknown {
    const apps = appsOfRoute(route);
    return destinationsOf(route).find(({ host }) =>
        apps.some((app) => textOf(host).startsWith(`${app}-${textOf(stable)}.`)),
    )?.host;
}
