/** Rule: a route covers every port of a split Service. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { type Routed, routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { isOnMesh } from "../lookup/mesh/gateways";
import { portsOf, SERVICE } from "../lookup/mesh/registry";
import { isHttp, isTcp } from "../lookup/portProtocols";
import { fullHost, namespaceOf } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { serviceOf } from "../lookup/subsets";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX =
    "Add a tcp or http route for this port, or remove the port: without a route, every version gets its connections by pod count.";

export const uncoveredPort: ProgramRule = {
    scope: "program",
    id: "uncovered-port",
    group: "ports",
    description: "A Service that is split by subsets should have a route for every port.",
    severity: "advisory",
    kinds: [VIRTUAL_SERVICE, SERVICE],
    options: {},
    check(manifests) {
        const routes = meshRoutes(manifests);
        return [...splitHosts(routedIn(manifests))].flatMap((host) => {
            const service = serviceOf(host, manifests);
            const own = routes.get(host) ?? [];
            return service === undefined || own.length === 0 ? [] : judge(service, own);
        });
    },
};

/** Hosts with routes to several subsets. */
function splitHosts(routed: readonly Routed[]): string[] {
    const subsets = new Map<string, Set<string>>();
    for (const { host, subset, mirrors } of routed) {
        if (host === UNKNOWN || typeof subset !== "string" || mirrors) continue;
        subsets.set(host, (subsets.get(host) ?? new Set()).add(subset));
    }
    return [...subsets].filter(([, names]) => names.size > 1).map(([host]) => host);
}

/** VirtualServices for sidecars, by fully qualified host. */
function meshRoutes(manifests: readonly Manifest[]): Map<string, Manifest[]> {
    const routes = new Map<string, Manifest[]>();
    for (const one of ofKind(VIRTUAL_SERVICE.kind, manifests)) {
        if (isOnMesh(one) !== true) continue;
        for (const [, host] of items(at(one, "spec", "hosts"))) {
            if (typeof host !== "string") continue;
            const full = fullHost(host, namespaceOf(one));
            routes.set(full, [...(routes.get(full) ?? []), one]);
        }
    }
    return routes;
}

function judge(service: Manifest, virtualServices: readonly Manifest[]): Finding[] {
    const expected = "a port that a route of the Service's VirtualService covers";
    const ports = portsOf(service);
    if (ports === UNKNOWN) return [findingAt(service, "spec.ports", UNKNOWN, expected, FIX)];
    return ports.flatMap(({ path, port, number }) => {
        if (textAt(port, "protocol") === "UDP" || isCovered(port, number, virtualServices))
            return [];
        return [findingAt(service, `${path}.port`, number, expected, FIX)];
    });
}

/** A port without a declared protocol takes the routes of the protocol that Envoy detects. */
function isCovered(port: unknown, number: unknown, virtualServices: readonly Manifest[]): boolean {
    const protocols =
        isHttp(port) === true ? ["http"] : isTcp(port) ? ["tcp", "tls"] : ["http", "tcp", "tls"];
    return virtualServices.some((one) =>
        protocols.some((protocol) => {
            const routes = at(one, "spec", protocol);
            return (
                routes === UNKNOWN || items(routes).some(([, route]) => takesPort(route, number))
            );
        }),
    );
}

function takesPort(route: unknown, number: unknown): boolean {
    const match = at(route, "match");
    const ports = items(match).map(([, one]) => at(one, "port"));
    if (match === UNKNOWN || ports.length === 0) return true;
    return ports.some((one) => one === undefined || one === UNKNOWN || one === number);
}
