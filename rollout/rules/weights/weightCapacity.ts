/** Rule: a subset that gets requests has pods to answer them. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { resourceName } from "../lookup/names";
import { type Destination, effectiveWeight, routesOf, VIRTUAL_SERVICE } from "../lookup/routes";
import { behind, SUBSET_KINDS, workloadsWith } from "../lookup/subsets";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const weightCapacity: ProgramRule = {
    scope: "program",
    id: "weight-capacity",
    group: "weights",
    description:
        "A subset with a weight above 0 has a Deployment with replicas and a readiness probe.",
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
 * Destinations that get, or may get, requests by weight; each subset once, as the last route has it, which most requests
 * take, and with all its weights there. What is not known at all is weight-range's to say.
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
        expected: `0, because no Deployment of the program has the labels of subset ${String(subset)}`,
        fix: `Set the weight to 0, or add the Deployment of ${String(subset)}.`,
    });
    if (host === UNKNOWN || subset === UNKNOWN) {
        const expected = "a subset whose Deployment has replicas and a readiness probe";
        return [{ ...finding(UNKNOWN), expected, fix: "The update itself judges it." }];
    }
    const there = behind({ host, subset }, virtualService, manifests);
    if (there === undefined) return [];
    const { found, maybeMore } = there.pods;
    if (found.length > 0) return found.flatMap((one) => judgeWorkload(one, String(subset), weight));
    if (maybeMore) return [finding(UNKNOWN)];
    // Pods of an app that another program runs are not this one's to judge.
    const ours =
        there.service !== undefined ||
        [...there.subsets.values()].some(
            (labels) => workloadsWith(labels, there.namespace, manifests).found.length > 0,
        );
    return ours ? [finding(weight)] : [];
}

function judgeWorkload(workload: Manifest, subset: string, weight: unknown): Finding[] {
    const resource = resourceName(workload);
    const share = weight === undefined ? "every request" : `weight ${String(weight)}`;
    const findings: Finding[] = [];
    const replicas = at(workload, "spec", "replicas");
    if (replicas === UNKNOWN || replicas === 0) {
        findings.push({
            resource,
            path: "spec.replicas",
            found: replicas,
            expected: `at least 1 while subset ${subset} gets ${share}`,
            fix: "Set the weight to 0 first, or run pods.",
        });
    }
    const path = "spec.template.spec.containers";
    const containers = at(workload, "spec", "template", "spec", "containers");
    const probes = items(containers).map(([, container]) => at(container, "readinessProbe"));
    const known = probes.some((probe) => typeof probe === "object" && probe !== null);
    if (!known) {
        const unknown = containers === UNKNOWN || probes.includes(UNKNOWN);
        findings.push({
            resource,
            path: `${path}[*].readinessProbe`,
            found: unknown ? UNKNOWN : undefined,
            expected: `a readiness probe while subset ${subset} gets ${share}`,
            fix: "Add one: without it a pod counts as ready before it can answer.",
        });
    }
    return findings;
}
