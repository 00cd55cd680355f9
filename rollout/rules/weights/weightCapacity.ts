/** Rule: a subset that receives requests has pods. */

import { annotationOf } from "../../config/names";
import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import {
    type Destination,
    effectiveWeight,
    isHttpRoute,
    routesOf,
    SPLIT_KINDS,
    splittingRoutes,
} from "../lookup/routes";
import { type Behind, behind, podsOfService, SUBSET_KINDS, workloadsWith } from "../lookup/subsets";
import {
    isManagedElsewhere,
    podTemplateOf,
    podTemplatePath,
    workloadsIn,
} from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

export const weightCapacity: ProgramRule = {
    scope: "program",
    id: "weight-capacity",
    group: "weights",
    description:
        "A subset with a weight above 0 must have a Deployment with replicas and a readiness probe.",
    severity: "mandatory",
    kinds: [...SPLIT_KINDS, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        return splittingRoutes(manifests).flatMap((route) =>
            weighted(route).flatMap((one) => judgeDestination(route, one, manifests)),
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
            // A Service that is not split may be switched off.
            if (one.subset === undefined && destinations.length < 2) continue;
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
    return `${textOf(host)} ${textOf(subset)}`;
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
        expected: `0, because no Deployment in the program has the labels of subset ${textOf(subset)}`,
        fix: `Set the weight to 0, or add a Deployment for ${textOf(subset)}.`,
    });
    if (host === UNKNOWN || subset === UNKNOWN) {
        const expected = "a subset whose Deployment has replicas and a readiness probe";
        return [{ ...finding(UNKNOWN), expected, fix: "The update checks this value." }];
    }
    if (typeof subset !== "string")
        return judgeService(virtualService, { path, host, weight }, manifests);
    const target = behind({ host, subset }, virtualService, manifests);
    if (target === undefined) return [];
    const { found, maybeMore, byCluster } = target.pods;
    if (found.length > 0) return judgePods(found, `subset ${subset}`, weight, manifests);
    if (maybeMore) return [finding(UNKNOWN)];
    // The update and the driver read them from the cluster.
    if (isManagedElsewhere(virtualService, subset)) return [];
    // subset-overlap reports a subset without labels.
    if (byCluster || !isSelecting(target)) return [];
    // Otherwise another program owns the app and its pods.
    const isOwnApp =
        target.service !== undefined ||
        [...target.subsets.values()].some(
            (labels) => workloadsWith(labels, target.namespace, manifests).found.length > 0,
        );
    if (!isOwnApp) return [];
    // A CanaryRollout has all versions in one program. Other repositories may have a folder for each version.
    const isWhole = annotationOf(virtualService, "stable") !== undefined;
    return [isWhole ? finding(weight) : { ...finding(weight), advisory: true }];
}

/** Whether the pods are those that a selector finds. Other Services have endpoints that somebody else lists. */
function isSelecting({ service }: Behind): boolean {
    return service === undefined || Object.keys(at(service, "spec", "selector") ?? {}).length > 0;
}

/** All pods of a Service, for a destination without subset. */
function judgeService(
    route: Manifest,
    { path, host, weight }: Pick<Destination, "path" | "host" | "weight">,
    manifests: readonly Manifest[],
): Finding[] {
    if (typeof host !== "string") return [];
    const name = fullHost(host, namespaceOf(route));
    const selected = podsOfService(name, manifests);
    if (selected === undefined) return [];
    const { found, maybeMore, byCluster } = selected;
    const pods = `Service ${name.split(".")[0]}`;
    // The Services of a CanaryRollout's slots have all their pods in the program.
    if (!isHttpRoute(route) || annotationOf(route, "stable") === undefined) {
        return judgeReplicas(found, pods, weight, manifests);
    }
    if (found.length > 0) return judgePods(found, pods, weight, manifests);
    if (byCluster) return [];
    const expected = `0, because no Deployment in the program has the labels of ${pods}`;
    const fix = `Set the weight to 0, or add a Deployment for ${pods}.`;
    return [findingAt(route, `${path}.weight`, maybeMore ? UNKNOWN : weight, expected, fix)];
}

function judgePods(
    found: readonly Manifest[],
    pods: string,
    weight: unknown,
    manifests: readonly Manifest[],
): Finding[] {
    const probes = found.flatMap((workload) => judgeProbe(workload, pods, weight));
    return [...judgeReplicas(found, pods, weight, manifests), ...probes];
}

function shareText(weight: unknown): string {
    return weight === undefined ? "receives every request" : `has weight ${textOf(weight)}`;
}

/** Workloads without replicas, if no other workload has the same pods, and nothing else sets the replicas. */
function judgeReplicas(
    found: readonly Manifest[],
    pods: string,
    weight: unknown,
    manifests: readonly Manifest[],
): Finding[] {
    const { controlled } = workloadsIn(manifests);
    const counts = found.map((workload) => at(workload, "spec", "replicas"));
    const isIdle = (count: unknown) => count === UNKNOWN || count === 0;
    if (!counts.every(isIdle) || found.some((one) => controlled.has(one))) return [];
    return found.map((workload, index) => ({
        resource: resourceName(workload),
        path: "spec.replicas",
        found: counts[index],
        expected: `at least 1 while ${pods} ${shareText(weight)}`,
        fix: "Set the weight to 0 first, or raise `replicas`.",
    }));
}

function judgeProbe(workload: Manifest, pods: string, weight: unknown): Finding[] {
    const template = podTemplateOf(workload);
    // A virtual machine, or a workload that Flagger copies.
    if (template === undefined) return [];
    const containers = at(template, "spec", "containers");
    const probes = items(containers).map(([, container]) => at(container, "readinessProbe"));
    if (probes.some((probe) => typeof probe === "object" && probe !== null)) return [];
    const unknown = containers === UNKNOWN || probes.includes(UNKNOWN);
    return [
        {
            resource: resourceName(workload),
            path: `${podTemplatePath(workload)}spec.containers[*].readinessProbe`,
            found: unknown ? UNKNOWN : undefined,
            expected: `a readiness probe while ${pods} ${shareText(weight)}`,
            fix: "Add one: without it, a pod counts as ready before it can answer.",
        },
    ];
}
