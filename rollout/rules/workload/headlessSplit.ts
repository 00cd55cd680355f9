/** Rule: weights do not split a headless Service or volumes. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { parentsOf } from "../lookup/mesh/gatewayApi";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { isHttpRoute, routesOf, SPLIT_KINDS, splittingRoutes } from "../lookup/routes";
import { SUBSET_KINDS, serviceOf } from "../lookup/subsets";
import { type Version, versionsIn } from "../lookup/versions";
import type { Finding, Manifest, ProgramRule } from "../rule";

const HEADLESS =
    "Give the split a Service with a cluster IP: callers inside the mesh choose a pod of a headless Service by DNS, so weights and subsets do not apply.";
const VOLUMES =
    "Share the data, for example in a database: each version has volumes of its own, so a caller sees other data on each version.";

export const headlessSplit: ProgramRule = {
    scope: "program",
    id: "headless-split",
    group: "workload",
    description: "A split needs a Service with a cluster IP, and versions that share their data.",
    severity: "mandatory",
    kinds: [...SPLIT_KINDS, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        const hosts = new Set(
            splittingRoutes(manifests).flatMap((one) => {
                if (isHttpRoute(one)) return splitParents(one);
                return isForMesh(one) ? splitHosts(one) : [];
            }),
        );
        const headless = [...hosts].flatMap((host): Finding[] => {
            const service = serviceOf(host, manifests);
            const address = at(service, "spec", "clusterIP");
            if (service === undefined || address !== "None") return [];
            return [findingAt(service, "spec.clusterIP", address, "a cluster IP", HEADLESS)];
        });
        return [...headless, ...versionsIn(manifests).flatMap(judgeVolumes)];
    },
};

/** Gateways choose the pods of a headless Service themselves (pilot/pkg/networking/core/cluster.go:convertResolution). */
function isForMesh(virtualService: Manifest): boolean {
    const gateways = items(at(virtualService, "spec", "gateways")).map(([, name]) => name);
    return gateways.length === 0 || gateways.includes("mesh");
}

/** Hosts with a subset, or with one of several destinations. */
function splitHosts(virtualService: Manifest): string[] {
    return routesOf(virtualService).flatMap(({ destinations }) => {
        if (destinations === UNKNOWN) return [];
        return destinations
            .filter(({ subset }) => destinations.length > 1 || typeof subset === "string")
            .flatMap(({ host }) =>
                typeof host === "string" ? [fullHost(host, namespaceOf(virtualService))] : [],
            );
    });
}

/** Services whose requests an HTTPRoute splits: its parents. */
function splitParents(route: Manifest): string[] {
    const isSplit = routesOf(route).some(
        ({ destinations }) => destinations !== UNKNOWN && destinations.length > 1,
    );
    if (!isSplit) return [];
    return parentsOf(route).flatMap(({ kind, name, namespace }) =>
        kind === "Service" && typeof name === "string" ? [fullHost(name, namespace)] : [],
    );
}

function judgeVolumes(versions: readonly Version[]): Finding[] {
    const workloads = [...new Set(versions.flatMap((version) => version.workloads))];
    const path = "spec.volumeClaimTemplates";
    const stateful = workloads.filter(
        (one) => items(at(one, "spec", "volumeClaimTemplates")).length > 0,
    );
    const [, second] = stateful.sort((a, b) => (resourceName(a) < resourceName(b) ? -1 : 1));
    if (second === undefined) return [];
    const names = items(at(second, "spec", "volumeClaimTemplates")).flatMap(
        ([, one]) => textAt(one, "metadata", "name") ?? [],
    );
    const expected = "no volumes, while another version has volumes of its own";
    return [{ ...findingAt(second, path, names.join(", "), expected, VOLUMES), advisory: true }];
}
