/** Rule: hosts are fully qualified names, and never "*". */

import { at, items, UNKNOWN } from "../../config/unknown";
import { isOnMesh } from "../lookup/mesh/gateways";
import { resourceName } from "../lookup/resourceName";
import { routesOf, VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Kind, Manifest, ResourceRule } from "../rule";

const DESTINATION_RULE: Kind = { group: "networking.istio.io", kind: "DestinationRule" };
const GATEWAY: Kind = { group: "networking.istio.io", kind: "Gateway" };

export const fullHost: ResourceRule = {
    scope: "resource",
    id: "full-host",
    group: "routing",
    description:
        'Hosts in VirtualServices, DestinationRules and Gateways must be fully qualified, and never "*".',
    severity: "mandatory",
    preset: "recommended",
    kinds: [VIRTUAL_SERVICE, DESTINATION_RULE, GATEWAY],
    options: {},
    check(manifest) {
        return hostsIn(manifest).flatMap(({ path, host }) => judge(manifest, path, host));
    },
};

interface Named {
    readonly path: string;
    readonly host: unknown;
}

function hostsIn(manifest: Manifest): Named[] {
    if (manifest.kind === "DestinationRule") {
        return [{ path: "spec.host", host: at(manifest, "spec", "host") }];
    }
    if (manifest.kind === "Gateway") {
        const servers = items(at(manifest, "spec", "servers"));
        return servers
            .filter(([, server]) => at(server, "port", "protocol") !== "TCP")
            .flatMap(([index, server]) =>
                hostsAt(`spec.servers[${index}].hosts`, at(server, "hosts")),
            );
    }
    const hosts = isTcpAtGateway(manifest)
        ? []
        : hostsAt("spec.hosts", at(manifest, "spec", "hosts"));
    return [...hosts, ...destinationHosts(manifest)];
}

/** TCP connections name no host, so a gateway's TCP routes have the host "*". */
function isTcpAtGateway(virtualService: Manifest): boolean {
    const has = (protocol: string) => at(virtualService, "spec", protocol) !== undefined;
    return has("tcp") && !has("http") && !has("tls") && isOnMesh(virtualService) === false;
}

function hostsAt(path: string, list: unknown): Named[] {
    if (list === UNKNOWN) return [{ path, host: UNKNOWN }];
    return items(list).map(([index, host]) => ({ path: `${path}[${index}]`, host }));
}

function destinationHosts(virtualService: Manifest): Named[] {
    const routed = routesOf(virtualService).flatMap(({ destinations }) =>
        destinations === UNKNOWN
            ? []
            : destinations.map(({ path, host }) => ({ path: `${path}.destination.host`, host })),
    );
    const mirrored = items(at(virtualService, "spec", "http")).flatMap(([index, route]) => {
        const path = `spec.http[${index}]`;
        const several = items(at(route, "mirrors")).map(([place, mirror]) => ({
            path: `${path}.mirrors[${place}].destination.host`,
            host: at(mirror, "destination", "host"),
        }));
        return [{ path: `${path}.mirror.host`, host: at(route, "mirror", "host") }, ...several];
    });
    return [...routed, ...mirrored].filter(({ host }) => host !== undefined);
}

function judge(manifest: Manifest, path: string, host: unknown): Finding[] {
    const about = { resource: resourceName(manifest), path, found: host };
    if (host === UNKNOWN) {
        return [
            { ...about, expected: "a fully qualified name", fix: "The update checks this value." },
        ];
    }
    if (typeof host !== "string") return [];
    // In a Gateway, a host may start with the namespace of its VirtualServices: "shop/shop.example.com".
    const name = host.slice(host.indexOf("/") + 1);
    if (name === "*") {
        const fix = 'List the hosts: "*" also captures the requests to all other services.';
        return [{ ...about, expected: "specific host names", fix }];
    }
    if (name.includes(".") && !name.endsWith(".svc")) return [];
    const service = name.split(".");
    const full = `${service[0]}.${service.length > 1 ? service[1] : "<namespace>"}.svc.cluster.local`;
    const fix =
        "Use the full name: Istio completes a short name with the namespace of this object, not of the Service or its callers.";
    // A short name works if this object, the Service and its callers are in one namespace.
    return [{ ...about, expected: `a fully qualified name, such as ${full}`, fix, advisory: true }];
}
