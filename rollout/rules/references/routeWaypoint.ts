/** Rule: a routed Service of an ambient namespace has a waypoint. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { API_GATEWAY, parentsOf, ROUTE_KINDS } from "../lookup/mesh/gatewayApi";
import { isOnMesh } from "../lookup/mesh/gateways";
import { NAMESPACE, namespaceNamed, objectIndex } from "../lookup/mesh/objectIndex";
import { MODE } from "../lookup/policies/injection";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { SERVICE, serviceOf } from "../lookup/subsets";
import type { Finding, Manifest, ProgramRule } from "../rule";

const WAYPOINT = "istio.io/use-waypoint";
const WAYPOINT_NAMESPACE = "istio.io/use-waypoint-namespace";
const FIX =
    "Label the Service or its Namespace with a waypoint: without one, pods of an ambient mesh send requests past the route, to every version by pod count.";

export const routeWaypoint: ProgramRule = {
    scope: "program",
    id: "route-waypoint",
    group: "references",
    description: "A routed Service of an ambient namespace should have a waypoint.",
    severity: "advisory",
    kinds: [VIRTUAL_SERVICE, ...ROUTE_KINDS, SERVICE, NAMESPACE, API_GATEWAY],
    options: {},
    check(manifests) {
        const routed = new Map<Manifest, Manifest>();
        for (const route of manifests) {
            for (const host of meshHosts(route)) {
                const service = serviceOf(host, manifests);
                if (service !== undefined && !routed.has(service)) routed.set(service, route);
            }
        }
        return [...routed].flatMap(([service, route]) => judge(service, route, manifests));
    },
};

/** Fully qualified hosts whose requests inside the mesh a route takes. */
function meshHosts(route: Manifest): string[] {
    const namespace = namespaceOf(route);
    if (route.kind === VIRTUAL_SERVICE.kind) {
        if (isOnMesh(route) !== true) return [];
        return items(at(route, "spec", "hosts")).flatMap(([, host]) =>
            typeof host === "string" ? [fullHost(host, namespace)] : [],
        );
    }
    if (!ROUTE_KINDS.some(({ kind }) => kind === route.kind)) return [];
    return parentsOf(route).flatMap(({ kind, name, namespace: own }) =>
        kind === "Service" && typeof name === "string" ? [fullHost(name, own)] : [],
    );
}

function judge(service: Manifest, route: Manifest, manifests: readonly Manifest[]): Finding[] {
    const own = namespaceOf(service);
    const namespace = namespaceNamed(own, manifests);
    const label = (name: string) =>
        at(service, "metadata", "labels", name) ?? at(namespace, "metadata", "labels", name);
    if (at(namespace, "metadata", "labels", MODE) !== "ambient") return [];
    const [found, place = own] = [label(WAYPOINT), label(WAYPOINT_NAMESPACE)];
    if (found === UNKNOWN || place === UNKNOWN) return [];
    const waypoints = objectIndex(manifests)
        .all(API_GATEWAY)
        .filter((one) => namespaceOf(one) === place)
        .filter((one) => textAt(one, "spec", "gatewayClassName") === "istio-waypoint")
        .map((one) => textAt(one, "metadata", "name"));
    const isNone = found === undefined || found === "none";
    // Another program may own the waypoints.
    if (!isNone && (waypoints.length === 0 || waypoints.some((one) => one === found))) return [];
    const which = isNone ? "a waypoint" : `a waypoint of ${place} (${waypoints.join(", ")})`;
    const expected = `${which}, because ${resourceName(route)} routes its requests`;
    return [findingAt(service, `metadata.labels["${WAYPOINT}"]`, found, expected, FIX)];
}
