/** Listeners of Gateways of the Gateway API, and the routes that they accept. */

import { at, isMapping, items, textAt, UNKNOWN } from "../../../config/unknown";
import type { Manifest } from "../../rule";
import { namespaceOf, resourceName } from "../resourceName";
import { API_GATEWAY, type Parent, parentsOf } from "./gatewayApi";
import { hasNamespace, NAMESPACE, objectIndex } from "./objectIndex";

/** Protocols of the listeners that take a route. */
const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
    HTTPRoute: ["HTTP", "HTTPS"],
    GRPCRoute: ["HTTP", "HTTPS"],
    TCPRoute: ["TCP", "TLS"],
    TLSRoute: ["TLS"],
};

/** Why a listener does not accept a route. */
export interface Refusal {
    /** Higher: the listener meets more conditions. */
    readonly rank: number;
    readonly field: string;
    readonly found: unknown;
    readonly expected: string;
}

/** Undefined if the listener accepts the route, or if that is not known. */
export function refusal(
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

/** A parent that is a Gateway, and its listeners. */
export interface GatewayParent {
    readonly parent: Parent;
    /** Undefined if another program has it. */
    readonly gateway: Manifest | undefined;
    /** Those that accept the route, whatever its hostnames are. */
    readonly listeners: readonly unknown[];
}

export function gatewayParents(route: Manifest, manifests: readonly Manifest[]): GatewayParent[] {
    const anyHost = { ...route, spec: { ...(route.spec as object), hostnames: [] } };
    return gatewayParentRefs(route).map((parent) => {
        const { namespace, name } = parent;
        const gateway =
            typeof name === "string"
                ? objectIndex(manifests).named(API_GATEWAY, namespace, name)
                : undefined;
        const listeners = items(gateway && at(gateway, "spec", "listeners"))
            .map(([, one]) => one)
            .filter((one) => !gateway || !refusal(anyHost, parent, one, gateway, manifests));
        return { parent, gateway, listeners };
    });
}

export function gatewayParentRefs(route: Manifest): Parent[] {
    return parentsOf(route).filter(
        ({ group, kind }) => group === API_GATEWAY.group && kind === API_GATEWAY.kind,
    );
}

/** Whether a listener serves a hostname of a route. */
export function servesHost(listener: unknown, host: unknown): boolean {
    const own = at(listener, "hostname");
    if (typeof own !== "string" || own === "" || typeof host !== "string") return true;
    return overlap(host, own);
}
