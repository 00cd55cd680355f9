/** Rule: a subset that receives requests has pods. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { resourceName } from "../lookup/resourceName";
import { type Destination, effectiveWeight, routesOf, VIRTUAL_SERVICE } from "../lookup/routes";
import { behind, SUBSET_KINDS, workloadsWith } from "../lookup/subsets";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const weightCapacity: ProgramRule = {
    scope: "program",
    id: "weight-capacity",
    group: "weights",
    description:
        "A subset with a weight above 0 must have a Deployment with replicas and a readiness probe.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((virtualService) =>
            weighted(virtualService).flatMap((one) =>
                judgeDestination(virtualService, one, manifests),
            ),
        );
    },
};

/**
 * Destinations with a weight above 0. Each subset appears once, with the sum of its weights in the last route that names
 * it, because most requests take the last route. weight-range reports unknown weights.
 */
function weighted(virtualService: Manifest): Destination[] {
    const bySubset = new Map<unknown, Destination>();
    for (const { destinations } of routesOf(virtualService)) {
        if (destinations === UNKNOWN) continue;
        const here = new Map<unknown, Destination>();
        for (const one of destinations) {
            const weight = effectiveWeight(one, destinations.length);
            if (typeof weight !== "number" || weight <= 0) continue;
            const key = one.subset === UNKNOWN || one.host === UNKNOWN ? one : keyOf(one);
            const before = here.get(key);
            const sum = before && { ...before, weight: Number(before.weight) + weight };
            here.set(key, sum ?? one);
        }
        for (const [key, one] of here) bySubset.set(key, one);
    }
    return [...bySubset.values()];
}

function keyOf({ host, subset }: Destination): string {
    return `${String(host)} ${String(subset)}`;
}

function judgeDestination(
    virtualService: Manifest,
    { path, host, subset, weight }: Destination,
    manifests: readonly Manifest[],
): Finding[] {
    const finding = (found: unknown) => ({
        resource: resourceName(virtualService),
        path: `${path}.weight`,
        found,
        expected: `0, because no Deployment in the program has the labels of subset ${String(subset)}`,
        fix: `Set the weight to 0, or add a Deployment for ${String(subset)}.`,
    });
    if (host === UNKNOWN || subset === UNKNOWN) {
        const expected = "a subset whose Deployment has replicas and a readiness probe";
        return [{ ...finding(UNKNOWN), expected, fix: "The update checks this value." }];
    }
    const target = behind({ host, subset }, virtualService, manifests);
    if (target === undefined) return [];
    const { found, maybeMore } = target.pods;
    if (found.length > 0) return found.flatMap((one) => judgeWorkload(one, String(subset), weight));
    if (maybeMore) return [finding(UNKNOWN)];
    // Otherwise another program owns the app and its pods.
    const isOwnApp =
        target.service !== undefined ||
        [...target.subsets.values()].some(
            (labels) => workloadsWith(labels, target.namespace, manifests).found.length > 0,
        );
    return isOwnApp ? [finding(weight)] : [];
}

function judgeWorkload(workload: Manifest, subset: string, weight: unknown): Finding[] {
    const resource = resourceName(workload);
    const share = weight === undefined ? "receives every request" : `has weight ${String(weight)}`;
    const findings: Finding[] = [];
    const replicas = at(workload, "spec", "replicas");
    if (replicas === UNKNOWN || replicas === 0) {
        findings.push({
            resource,
            path: "spec.replicas",
            found: replicas,
            expected: `at least 1 while subset ${subset} ${share}`,
            fix: "Set the weight to 0 first, or raise `replicas`.",
        });
    }
    const path = "spec.template.spec.containers";
    const containers = at(workload, "spec", "template", "spec", "containers");
    const probes = items(containers).map(([, container]) => at(container, "readinessProbe"));
    const hasProbe = probes.some((probe) => typeof probe === "object" && probe !== null);
    if (!hasProbe) {
        const unknown = containers === UNKNOWN || probes.includes(UNKNOWN);
        findings.push({
            resource,
            path: `${path}[*].readinessProbe`,
            found: unknown ? UNKNOWN : undefined,
            expected: `a readiness probe while subset ${subset} ${share}`,
            fix: "Add one: without it, a pod counts as ready before it can answer.",
        });
    }
    return findings;
}
