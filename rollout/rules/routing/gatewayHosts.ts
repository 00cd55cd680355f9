/** Rule: the Gateways that a route is bound to serve its hosts. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { fullHost, namespaceOf, resourceName } from "../lookup/names";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const gatewayHosts: ProgramRule = {
    scope: "program",
    id: "gateway-hosts",
    group: "routing",
    description: "A VirtualService's hosts are served by the Gateways that it is bound to.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, { group: "networking.istio.io", kind: "Gateway" }],
    options: {},
    check(manifests) {
        return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((one) => judge(one, manifests));
    },
};

/** A Gateway that the program has, and what it says. */
interface Bound {
    readonly path: string;
    readonly name: string;
    readonly gateway: Manifest;
    readonly serves: readonly string[];
}

/** Gateways of other programs are not this one's to judge. */
function judge(virtualService: Manifest, manifests: readonly Manifest[]): Finding[] {
    const resource = resourceName(virtualService);
    const namespace = namespaceOf(virtualService);
    const listed = at(virtualService, "spec", "hosts");
    const named = items(at(virtualService, "spec", "gateways")).filter(([, one]) => one !== "mesh");
    const found = named.flatMap(([index, name]) => bound(index, name, namespace, manifests));
    if (found.length === 0) return [];
    if (
        found.includes(UNKNOWN) ||
        listed === UNKNOWN ||
        items(listed).some(([, h]) => h === UNKNOWN)
    ) {
        return [unjudged(resource)];
    }
    const gateways = found.filter((one) => one !== UNKNOWN);
    const hosts = items(listed).map(([index, host]) => ({ index, host: String(host) }));
    const servedBy = ({ serves }: Bound, host: string) =>
        serves.some((pattern) => overlap(pattern, fullHost(host, namespace)));
    const idle = gateways.filter((one) => !hosts.some(({ host }) => servedBy(one, host)));
    if (idle.length > 0) {
        return idle.map((one) => ({
            resource,
            path: one.path,
            found: one.name,
            expected: `a gateway that serves one of ${hosts.map(({ host }) => host).join(", ")}`,
            fix: `Add the host to ${resourceName(one.gateway)}, or bind to another one: this one answers 404.`,
        }));
    }
    if (gateways.length < named.length) return [];
    const all = [...new Set(gateways.flatMap(({ serves }) => serves))].join(", ");
    return hosts
        .filter(({ host }) => !ofCluster(fullHost(host, namespace)))
        .filter(({ host }) => !gateways.some((one) => servedBy(one, host)))
        .map(({ index, host }) => ({
            resource,
            path: `spec.hosts[${index}]`,
            found: host,
            expected: `what its gateways serve: ${all}`,
            fix: "Add the host to a gateway: until then callers outside get 404 for it.",
        }));
}

function bound(
    index: number,
    name: unknown,
    namespace: string,
    manifests: readonly Manifest[],
): (Bound | typeof UNKNOWN)[] {
    if (name === UNKNOWN) return [UNKNOWN];
    const full = String(name).includes("/") ? String(name) : `${namespace}/${String(name)}`;
    const gateway = manifests.find(
        (one) =>
            one.kind === "Gateway" &&
            `${namespaceOf(one)}/${textAt(one, "metadata", "name")}` === full,
    );
    if (gateway === undefined) return [];
    const servers = at(gateway, "spec", "servers");
    const lists = items(servers).map(([, server]) => at(server, "hosts"));
    const hosts = lists.flatMap((list) => items(list).map(([, host]) => host));
    if ([servers, ...lists, ...hosts].includes(UNKNOWN)) return [UNKNOWN];
    const path = `spec.gateways[${index}]`;
    const serves = hosts.flatMap((host) => servedTo(namespace, String(host), namespaceOf(gateway)));
    return [{ path, name: String(name), gateway, serves }];
}

/** `shop/shop.example.com` serves VirtualServices of `shop` only, `./…` those of the Gateway's own namespace. */
function servedTo(namespace: string, host: string, own: string): string[] {
    const [owner, name] = host.includes("/") ? host.split("/") : ["*", host];
    const whose = owner === "." ? own : owner;
    return name !== undefined && (whose === "*" || whose === namespace) ? [name] : [];
}

/** Whether some host is both; `*` and `*.example.com` are patterns. */
function overlap(a: string, b: string): boolean {
    const covers = (pattern: string, name: string) =>
        pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : name === pattern;
    return covers(a, b) || covers(b, a);
}

function ofCluster(host: string): boolean {
    return host.endsWith(".svc.cluster.local");
}

function unjudged(resource: string): Finding {
    return {
        resource,
        path: "spec.hosts",
        found: UNKNOWN,
        expected: "hosts that its gateways serve",
        fix: "The update itself judges it.",
    };
}
