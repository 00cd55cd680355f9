/** Gateways that VirtualServices are bound to. */

import { at, items, textAt, UNKNOWN } from "../../../config/unknown";
import type { Kind, Manifest } from "../../rule";
import { namespaceOf } from "../resourceName";
import { objectIndex } from "./objectIndex";

export const GATEWAY: Kind = { group: "networking.istio.io", kind: "Gateway" };

export interface Binding {
    /** "spec.gateways[0]" */
    readonly path: string;
    /** As written, or UNKNOWN. */
    readonly written: unknown;
    /** "edge/public" or "mesh". UNKNOWN if it is not known. */
    readonly name: string | typeof UNKNOWN;
}

/** Without `gateways`, a VirtualService applies to sidecars. */
export function bindingsOf(virtualService: Manifest): Binding[] {
    const gateways = at(virtualService, "spec", "gateways");
    if (gateways === UNKNOWN) {
        return [{ path: "spec.gateways", written: UNKNOWN, name: UNKNOWN }];
    }
    const listed = items(gateways);
    if (listed.length === 0) return [{ path: "spec.gateways", written: undefined, name: "mesh" }];
    return listed.map(([index, written]) => ({
        path: `spec.gateways[${index}]`,
        written,
        name: typeof written === "string" ? fullName(written, virtualService) : UNKNOWN,
    }));
}

export function fullName(gateway: string, virtualService: Manifest): string {
    if (gateway === "mesh" || gateway.includes("/")) return gateway;
    return `${namespaceOf(virtualService)}/${gateway}`;
}

/** Whether a VirtualService applies to sidecars. */
export function isOnMesh(virtualService: Manifest): boolean | typeof UNKNOWN {
    const names = bindingsOf(virtualService).map(({ name }) => name);
    if (names.includes("mesh")) return true;
    return names.includes(UNKNOWN) ? UNKNOWN : false;
}

/** Gateways of the program that a VirtualService is bound to. */
export function gatewaysOf(virtualService: Manifest, manifests: readonly Manifest[]): Manifest[] {
    return bindingsOf(virtualService).flatMap(({ name }) => {
        if (name === UNKNOWN) return [];
        return objectIndex(manifests).named(GATEWAY, ...splitName(name)) ?? [];
    });
}

/** Namespace and name. */
export function splitName(full: string): [namespace: string, name: string] {
    const slash = full.indexOf("/");
    return [full.slice(0, Math.max(slash, 0)), full.slice(slash + 1)];
}

export interface Server {
    readonly gateway: Manifest;
    /** "spec.servers[0]" */
    readonly path: string;
    readonly port: unknown;
    readonly protocol: string;
    readonly bind: string;
    readonly hasTls: boolean;
    /** With namespaces resolved: "shop/a.example.com", or "a.example.com" for all namespaces. */
    readonly hosts: readonly string[];
}

/** Servers of a Gateway, except those with unknown ports. */
export function serversOf(gateway: Manifest): Server[] {
    return items(at(gateway, "spec", "servers")).map(([index, server]) => ({
        gateway,
        path: `spec.servers[${index}]`,
        port: at(server, "port", "number"),
        protocol: (textAt(server, "port", "protocol") ?? "").toUpperCase(),
        bind: textAt(server, "bind") ?? "",
        hasTls: at(server, "tls") !== undefined && at(server, "tls", "httpsRedirect") !== true,
        hosts: items(at(server, "hosts")).flatMap(([, host]) =>
            typeof host === "string" ? [resolved(host, namespaceOf(gateway))] : [],
        ),
    }));
}

function resolved(host: string, namespace: string): string {
    if (host.startsWith("./")) return `${namespace}/${host.slice(2)}`;
    return host.startsWith("*/") ? host.slice(2) : host;
}
