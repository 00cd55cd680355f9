/** Rule: the stable version can take every request back at any time. */
import { findingAt } from "./findingAt";
import { fullHost, namespaceOf } from "./names";
import { routesOf, VIRTUAL_SERVICE } from "./routes";
import type { Finding, Manifest, ProgramRule } from "./rule";
import { destinationRuleOf, SUBSET_KINDS, serviceOf, subsetsOf, workloadsWith } from "./subsets";
import { at, textAt, UNKNOWN } from "./unknown";

/** Says on a VirtualService which subset is stable; CanaryRollout writes it, and anybody may. */
export const STABLE_ANNOTATION = "rollout/stable";

const FIX =
    "Keep its pods until the roles are swapped: weight 0 is the way back, and needs them at once.";

export const wayBack: ProgramRule = {
    scope: "program",
    id: "way-back",
    description: "The stable version keeps its pods whatever its share of the requests is.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        return manifests
            .filter(({ kind }) => kind === VIRTUAL_SERVICE.kind)
            .flatMap((virtualService) => judge(virtualService, manifests));
    },
};

function judge(virtualService: Manifest, manifests: readonly Manifest[]): Finding[] {
    const stable = textAt(virtualService, "metadata", "annotations", STABLE_ANNOTATION);
    if (stable === undefined) return [];
    const destinations = routesOf(virtualService).flatMap((route) =>
        route.destinations === UNKNOWN ? [] : route.destinations,
    );
    const host = destinations.find(({ subset }) => subset === stable)?.host;
    if (typeof host !== "string") return [];
    const name = fullHost(host, namespaceOf(virtualService));
    const rule = destinationRuleOf(name, manifests);
    const service = serviceOf(name, manifests);
    if (rule === undefined || service === undefined) return [];
    const labels = subsetsOf(rule, service).get(stable);
    const { found, maybeMore } = workloadsWith(labels, namespaceOf(service), manifests);
    const allowed = `pods of subset ${stable}, which is stable`;
    if (found.length === 0) {
        const path = `metadata.annotations["${STABLE_ANNOTATION}"]`;
        return [findingAt(virtualService, path, maybeMore ? UNKNOWN : stable, allowed, FIX)];
    }
    return found.flatMap((workload) => {
        const replicas = at(workload, "spec", "replicas");
        if (replicas !== 0 && replicas !== UNKNOWN) return [];
        return [findingAt(workload, "spec.replicas", replicas, `at least 1: ${allowed}`, FIX)];
    });
}
