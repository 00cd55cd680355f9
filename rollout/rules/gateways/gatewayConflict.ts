/** Rule: two servers of a gateway do not exclude each other. */

import { at, isMapping, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { GATEWAY, type Server, serversOf } from "../lookup/mesh/gateways";
import { resourceName } from "../lookup/resourceName";
import { WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX =
    "Use another host, port or selector, or one Gateway for both: Istio skips the younger server, whose hosts get 404.";
const HTTP_FIX =
    "Check that both Gateways belong together: Istio serves the routes of both at this host.";
const HTTP = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];

export const gatewayConflict: ProgramRule = {
    scope: "program",
    id: "gateway-conflict",
    group: "gateways",
    description: "Two servers for the same gateway pods must not have the same port and host.",
    severity: "mandatory",
    kinds: [GATEWAY, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        const gateways = ofKind(GATEWAY.kind, manifests).sort(byName);
        const unknown = gateways.filter((one) => at(one, "spec", "selector") === UNKNOWN);
        const known = gateways.filter((one) => !unknown.includes(one));
        const found = gatewaysByPods(known, manifests).flatMap(conflicts);
        const once = new Map(found.map((one) => [`${one.resource} ${one.path}`, one]));
        return [
            ...unknown.map((one) =>
                findingAt(one, "spec.selector", UNKNOWN, "pods of no other Gateway", FIX),
            ),
            ...once.values(),
        ];
    },
};

/** The engine lists objects in no fixed order. */
function byName(one: Manifest, two: Manifest): number {
    return resourceName(one) < resourceName(two) ? -1 : 1;
}

/** Lists of Gateways for the same pods: those with one selector, and those that select a known pod. */
function gatewaysByPods(
    gateways: readonly Manifest[],
    manifests: readonly Manifest[],
): Manifest[][] {
    const bySelector = new Map<string, Manifest[]>();
    for (const gateway of gateways) {
        const key = selectorKey(at(gateway, "spec", "selector"));
        bySelector.set(key, [...(bySelector.get(key) ?? []), gateway]);
    }
    const selectors = [...bySelector.values()];
    const lists = new Map(selectors.map((list, index) => [textOf(index), list]));
    for (const labels of workloadsIn(manifests).labels.values()) {
        const own = selectors.flatMap((list, index) =>
            hasLabels(labels, at(list[0], "spec", "selector")) ? [index] : [],
        );
        if (own.length > 1) {
            const all = own.flatMap((index) => selectors[index] ?? []);
            lists.set(own.join(" "), all.sort(byName));
        }
    }
    return [...lists.values()];
}

function selectorKey(selector: unknown): string {
    const pairs = Object.entries((selector as object | null) ?? {});
    return JSON.stringify(pairs.sort(([one], [two]) => (one < two ? -1 : 1)));
}

function hasLabels(labels: unknown, selector: unknown): boolean {
    return (
        isMapping(selector) &&
        Object.entries(selector).every(([key, value]) => at(labels, key) === value)
    );
}

/** Istio's order of checks: pilot/pkg/model/gateway.go:mergeGateways. */
function conflicts(gateways: readonly Manifest[]): Finding[] {
    const byPort = new Map<string, Server>();
    const byHost = new Map<string, Server>();
    return gateways.flatMap(serversOf).flatMap((server): Finding[] => {
        if (typeof server.port !== "number") return [];
        const port = `${server.port} ${server.bind}`;
        const first = byPort.get(port);
        if (first === undefined) byPort.set(port, server);
        const [host] = server.hosts.filter((one) => byHost.has(`${port} ${one}`));
        const other = host === undefined ? undefined : byHost.get(`${port} ${host}`);
        for (const one of server.hosts) {
            const key = `${port} ${one}`;
            if (!byHost.has(key)) byHost.set(key, server);
        }
        if (first !== undefined && !areMergeable(first, server)) {
            const found = `${server.protocol} on ${server.port}`;
            const expected = `another port than ${nameOf(first)}, which has ${first.protocol} there`;
            return [findingAt(server.gateway, `${server.path}.port`, found, expected, FIX)];
        }
        if (other === undefined) return [];
        const expected = `hosts that ${nameOf(other)} does not have on port ${server.port}`;
        const path = `${server.path}.hosts`;
        if (isTls(server)) return [findingAt(server.gateway, path, host, expected, FIX)];
        const merged = findingAt(server.gateway, path, host, expected, HTTP_FIX);
        return other.gateway === server.gateway ? [] : [{ ...merged, advisory: true }];
    });
}

function areMergeable(one: Server, two: Server): boolean {
    if (isTls(one) || isTls(two)) return isTls(one) && isTls(two);
    return HTTP.includes(one.protocol) && HTTP.includes(two.protocol);
}

function isTls({ hasTls, protocol }: Server): boolean {
    return hasTls || protocol === "HTTPS" || protocol === "TLS";
}

function nameOf({ gateway, path }: Server): string {
    return `${path} of ${resourceName(gateway)}`;
}
