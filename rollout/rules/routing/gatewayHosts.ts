/** Rule: the Gateways of a VirtualService serve its hosts. */

import { at, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const gatewayHosts: ProgramRule = {
    scope: "program",
    id: "gateway-hosts",
    group: "routing",
    description: "The Gateways of a VirtualService must serve its hosts.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, { group: "networking.istio.io", kind: "Gateway" }],
    options: {},
    check(manifests) {
        return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((one) => judge(one, manifests));
    },
};

/** A Gateway that the program has and the VirtualService names. */
interface Bound {
    readonly path: string;
    readonly name: string;
    readonly gateway: Manifest;
    readonly serves: readonly string[];
}

/** Ignores Gateways of other programs. */
function judge(virtualService: Manifest, manifests: readonly Manifest[]): Finding[] {
    const resource = resourceName(virtualService);
    const namespace = namespaceOf(virtualService);
    const listed = at(virtualService, "spec", "hosts");
    const named = items(at(virtualService, "spec", "gateways")).filter(([, one]) => one !== "mesh");
    const found = named.flatMap(([index, name]) => gatewayNamed(index, name, namespace, manifests));
    if (found.length === 0) return [];
    if (
        found.includes(UNKNOWN) ||
        listed === UNKNOWN ||
        items(listed).some(([, h]) => h === UNKNOWN)
    ) {
        return [unknownHosts(resource)];
    }
    const gateways = found.filter((one) => one !== UNKNOWN);
    const hosts = items(listed).map(([index, host]) => ({ index, host: textOf(host) }));
    const servedBy = ({ serves }: Bound, host: string) =>
        serves.some((pattern) => overlap(pattern, fullHost(host, namespace)));
    const unused = gateways.filter((one) => !hosts.some(({ host }) => servedBy(one, host)));
    if (unused.length > 0) {
        return unused.map((one) => ({
            resource,
            path: one.path,
            found: one.name,
            expected: `a gateway that serves one of ${hosts.map(({ host }) => host).join(", ")}`,
            fix: `Add one of them to ${resourceName(one.gateway)}, or name another Gateway: this one answers 404.`,
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
            expected: `a host that its gateways serve (${all})`,
            fix: "Add the host to a Gateway: otherwise callers outside the mesh get 404.",
        }));
}

function gatewayNamed(
    index: number,
    name: unknown,
    namespace: string,
    manifests: readonly Manifest[],
): (Bound | typeof UNKNOWN)[] {
    if (name === UNKNOWN) return [UNKNOWN];
    const full = textOf(name).includes("/") ? textOf(name) : `${namespace}/${textOf(name)}`;
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
    const serves = hosts.flatMap((host) => servedTo(namespace, textOf(host), namespaceOf(gateway)));
    return [{ path, name: textOf(name), gateway, serves }];
}

/** `shop/shop.example.com` serves only VirtualServices in `shop`; `./…` only those in the Gateway's namespace. */
function servedTo(namespace: string, host: string, own: string): string[] {
    const [owner, name] = host.includes("/") ? host.split("/") : ["*", host];
    const served = owner === "." ? own : owner;
    return name !== undefined && (served === "*" || served === namespace) ? [name] : [];
}

/** Whether a host can match both; `*` and `*.example.com` are patterns. */
function overlap(a: string, b: string): boolean {
    const covers = (pattern: string, name: string) =>
        pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : name === pattern;
    return covers(a, b) || covers(b, a);
}

function ofCluster(host: string): boolean {
    return host.endsWith(".svc.cluster.local");
}

function unknownHosts(resource: string): Finding {
    return {
        resource,
        path: "spec.hosts",
        found: UNKNOWN,
        expected: "hosts that its gateways serve",
        fix: "The update checks this value.",
    };
}
