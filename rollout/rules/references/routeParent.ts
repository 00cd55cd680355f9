/** Rule: the parents of Gateway API routes accept them. */

import { at, isMapping, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { API_GATEWAY, type Parent, parentsOf, ROUTE_KINDS } from "../lookup/mesh/gatewayApi";
import { hasNamespace, namesOf, objectIndex } from "../lookup/mesh/objectIndex";
import { misspelled } from "../lookup/mesh/typo";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import type { Finding, Kind, Manifest, ProgramRule } from "../rule";

const NAMESPACE: Kind = { group: "", kind: "Namespace" };
const FIX = "Correct the parent or its listener: a route that no parent accepts gets no requests.";

/** Protocols of the listeners that take a route. */
const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
    HTTPRoute: ["HTTP", "HTTPS"],
    GRPCRoute: ["HTTP", "HTTPS"],
    TCPRoute: ["TCP", "TLS"],
    TLSRoute: ["TLS"],
};

export const routeParent: ProgramRule = {
    scope: "program",
    id: "route-parent",
    group: "references",
    description: "Every parent of a Gateway API route must have a listener that accepts the route.",
    severity: "mandatory",
    kinds: [...ROUTE_KINDS, API_GATEWAY, NAMESPACE],
    options: {},
    check(manifests) {
        const index = objectIndex(manifests);
        return ROUTE_KINDS.flatMap((kind) => index.all(kind)).flatMap((route) =>
            parentsOf(route)
                .filter(
                    ({ group, kind }) => group === API_GATEWAY.group && kind === API_GATEWAY.kind,
                )
                .flatMap((parent) => judge(route, parent, manifests)),
        );
    },
};

function judge(route: Manifest, parent: Parent, manifests: readonly Manifest[]): Finding[] {
    const { path, name, namespace } = parent;
    const finding = (field: string, found: unknown, expected: string) =>
        findingAt(route, `${path}${field}`, found, expected, FIX);
    if (name === UNKNOWN) return [finding(".name", UNKNOWN, "the name of a Gateway")];
    if (typeof name !== "string") return [];
    const index = objectIndex(manifests);
    const gateway = index.named(API_GATEWAY, namespace, name);
    if (gateway === undefined) {
        const known = namesOf(index.within(API_GATEWAY, namespace));
        const meant = misspelled(name, known);
        if (meant !== undefined) {
            return [finding(".name", name, `a Gateway of ${namespace}, such as ${meant}`)];
        }
        if (known.length === 0) return [];
        // Another program may have the Gateway.
        const expected = `a Gateway of ${namespace} (${[...known].sort().join(", ")})`;
        return [{ ...finding(".name", name, expected), advisory: true }];
    }
    // Another cluster serves it.
    if (at(gateway, "spec", "gatewayClassName") === "istio-remote") return [];
    const listeners = items(at(gateway, "spec", "listeners")).map(([, one]) => one);
    const problems = listeners.map((one) => refusal(route, parent, one, gateway, manifests));
    if (listeners.length === 0 || problems.includes(undefined)) return [];
    // The problem of the listener that fits best.
    const [problem] = [...problems].sort((a, b) => (b?.rank ?? 0) - (a?.rank ?? 0));
    if (problem === undefined) return [];
    return [finding(problem.field, problem.found, problem.expected)];
}

interface Refusal {
    /** Higher: the listener meets more conditions. */
    readonly rank: number;
    readonly field: string;
    readonly found: unknown;
    readonly expected: string;
}

/** Why a listener does not accept a route. Undefined if it accepts, or if that is not known. */
function refusal(
    route: Manifest,
    { sectionName, port }: Parent,
    listener: unknown,
    gateway: Manifest,
    manifests: readonly Manifest[],
): Refusal | undefined {
    if ([listener, sectionName, port].includes(UNKNOWN)) return undefined;
    const owner = resourceName(gateway);
    if (sectionName !== undefined && sectionName !== at(listener, "name")) {
        return {
            rank: 1,
            field: ".sectionName",
            found: sectionName,
            expected: `a listener of ${owner}`,
        };
    }
    if (port !== undefined && port !== at(listener, "port")) {
        return {
            rank: 2,
            field: ".port",
            found: port,
            expected: `the port of a listener of ${owner}`,
        };
    }
    const label = `listener ${textAt(listener, "name") ?? "without a name"} of ${owner}`;
    if (!takesKind(route, listener)) {
        const expected = `a route that ${label} takes (${protocolOf(listener)})`;
        return { rank: 3, field: "", found: route.kind, expected };
    }
    const scope = acceptedNamespaces(listener, gateway);
    if (!isAccepted(scope, route, gateway, manifests)) {
        const expected = `a route in the namespaces that ${label} accepts`;
        return { rank: 4, field: "", found: namespaceOf(route), expected };
    }
    const hosts = items(at(route, "spec", "hostnames")).map(([, one]) => one);
    const host = at(listener, "hostname");
    if (hosts.length === 0 || typeof host !== "string" || host === "") return undefined;
    if (hosts.some((one) => typeof one !== "string" || overlap(one, host))) return undefined;
    const expected = `a hostname that ${label} serves (${host})`;
    return { rank: 5, field: "", found: hosts, expected };
}

function protocolOf(listener: unknown): string {
    return textAt(listener, "protocol") ?? "unknown";
}

function takesKind(route: Manifest, listener: unknown): boolean {
    const kinds = items(at(listener, "allowedRoutes", "kinds")).map(([, one]) => at(one, "kind"));
    if (kinds.length > 0) return kinds.includes(route.kind) || kinds.includes(UNKNOWN);
    const protocol = at(listener, "protocol");
    const known = PROTOCOLS[route.kind] ?? [];
    const standard = ["HTTP", "HTTPS", "TLS", "TCP", "UDP"];
    if (typeof protocol !== "string" || !standard.includes(protocol)) return true;
    return known.includes(protocol);
}

function acceptedNamespaces(listener: unknown, gateway: Manifest): unknown {
    const namespaces = at(listener, "allowedRoutes", "namespaces");
    const from = at(namespaces, "from") ?? "Same";
    if (from === "Same") return [namespaceOf(gateway)];
    return from === "Selector" ? at(namespaces, "selector", "matchLabels") : "*";
}

/** A selector is judged only if the route's Namespace is in the program. */
function isAccepted(
    scope: unknown,
    route: Manifest,
    gateway: Manifest,
    manifests: readonly Manifest[],
): boolean {
    const namespace = namespaceOf(route);
    if (Array.isArray(scope)) {
        return scope.includes(namespace) || !hasNamespace(route) || !hasNamespace(gateway);
    }
    if (!isMapping(scope)) return true;
    const object = objectIndex(manifests).named(NAMESPACE, "default", namespace);
    if (object === undefined) return true;
    const labels = at(object, "metadata", "labels");
    return Object.entries(scope).every(([key, value]) => {
        const found = key === "kubernetes.io/metadata.name" ? namespace : at(labels, key);
        return found === value || found === UNKNOWN || value === UNKNOWN;
    });
}

function overlap(one: string, two: string): boolean {
    const takes = (pattern: string, name: string) =>
        pattern === name || (pattern.startsWith("*.") && name.endsWith(pattern.slice(1)));
    return takes(one, two) || takes(two, one);
}
