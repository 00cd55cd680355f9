/** Rule: hosts are named in full, and never all of them at once. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { resourceName } from "../lookup/names";
import { routesOf, VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Kind, Manifest, ResourceRule } from "../rule";

const DESTINATION_RULE: Kind = { group: "networking.istio.io", kind: "DestinationRule" };
const GATEWAY: Kind = { group: "networking.istio.io", kind: "Gateway" };

export const fullHost: ResourceRule = {
    scope: "resource",
    id: "full-host",
    group: "routing",
    description: 'Hosts of Istio\'s traffic resources are full names, and never "*".',
    severity: "mandatory",
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
        return servers.flatMap(([index, server]) =>
            listed(`spec.servers[${index}].hosts`, at(server, "hosts")),
        );
    }
    return [...listed("spec.hosts", at(manifest, "spec", "hosts")), ...destinations(manifest)];
}

function listed(path: string, list: unknown): Named[] {
    if (list === UNKNOWN) return [{ path, host: UNKNOWN }];
    return items(list).map(([index, host]) => ({ path: `${path}[${index}]`, host }));
}

function destinations(virtualService: Manifest): Named[] {
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
        return [{ ...about, expected: "a full host name", fix: "The update itself judges it." }];
    }
    if (typeof host !== "string") return [];
    // A Gateway may say whose VirtualServices bind to a host: "shop/shop.example.com".
    const name = host.slice(host.indexOf("/") + 1);
    if (name === "*") {
        const fix = "Name the hosts: this one takes the requests of every other service too.";
        return [{ ...about, expected: "names of hosts", fix }];
    }
    if (name.includes(".") && !name.endsWith(".svc")) return [];
    const service = name.split(".");
    const full = `${service[0]}.${service.length > 1 ? service[1] : "<namespace>"}.svc.cluster.local`;
    const fix =
        "Write it out: Istio completes a short name with the namespace of the object that it stands in, not with its clients', nor with the service's.";
    // In one namespace with its clients and its service a short name works.
    return [{ ...about, expected: `a full name, such as ${full}`, fix, advisory: true }];
}
