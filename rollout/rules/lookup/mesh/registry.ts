/** Hosts that a program declares: Services and ServiceEntries. */

import { at, items, textAt, UNKNOWN } from "../../../config/unknown";
import { oncePerProgram } from "../../ofKinds";
import type { Kind, Manifest } from "../../rule";
import { namespaceOf } from "../resourceName";
import { SERVICE, serviceOf } from "../subsets";
import { objectIndex } from "./objectIndex";

export { SERVICE };
export const SERVICE_ENTRY: Kind = { group: "networking.istio.io", kind: "ServiceEntry" };
export const REGISTRY_KINDS: readonly Kind[] = [SERVICE, SERVICE_ENTRY];

interface Entries {
    readonly byHost: ReadonlyMap<string, Manifest>;
    readonly hosts: readonly string[];
}

/** Hosts of all ServiceEntries, except unknown ones. */
const entriesIn = oncePerProgram([SERVICE_ENTRY], findEntries);

function findEntries(manifests: readonly Manifest[]): Entries {
    const byHost = new Map<string, Manifest>();
    for (const entry of manifests) {
        for (const [, host] of items(at(entry, "spec", "hosts"))) {
            if (typeof host === "string" && !byHost.has(host)) byHost.set(host, entry);
        }
    }
    return { byHost, hosts: [...byHost.keys()] };
}

/** Hosts that ServiceEntries declare. */
export function entryHosts(manifests: readonly Manifest[]): readonly string[] {
    return entriesIn(manifests).hosts;
}

/** The Service or ServiceEntry of a fully qualified host. A ServiceEntry may have a pattern such as `*.example.com`. */
export function declarationOf(host: string, manifests: readonly Manifest[]): Manifest | undefined {
    const { byHost } = entriesIn(manifests);
    return serviceOf(host, manifests) ?? byHost.get(host) ?? patternsOver(host, byHost)[0];
}

/** The values of the patterns that cover a host: `*.b.c` and `*.c` for `a.b.c`. The most specific is first. */
export function patternsOver<T>(host: string, values: ReadonlyMap<string, T>): T[] {
    const labels = host.replace(/^\*\.?/, "").split(".");
    const own = host.startsWith("*") ? labels : labels.slice(1);
    const suffixes = own.map((_, index) => `*.${own.slice(index).join(".")}`);
    return [...suffixes, "*"]
        .filter((pattern) => pattern !== host)
        .flatMap((pattern) => values.get(pattern) ?? []);
}

export interface DeclaredPort {
    /** "spec.ports[0]" */
    readonly path: string;
    /** The whole port of the Service or ServiceEntry. */
    readonly port: unknown;
    readonly number: unknown;
}

/** Ports of a Service or ServiceEntry. UNKNOWN if the list is unknown. */
export function portsOf(declaration: Manifest): DeclaredPort[] | typeof UNKNOWN {
    const ports = at(declaration, "spec", "ports");
    if (ports === UNKNOWN) return UNKNOWN;
    const field = declaration.kind === "Service" ? "port" : "number";
    return items(ports).map(([index, port]) => ({
        path: `spec.ports[${index}]`,
        port,
        number: at(port, field),
    }));
}

/** Name and namespace in the host of a Service: `web.shop.svc.cluster.local`. Undefined for other hosts. */
export function clusterName(host: string): { name: string; namespace: string } | undefined {
    const [, name, namespace] = /^([^.*]+)\.([^.]+)\.svc\.cluster\.local$/.exec(host) ?? [];
    return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

/** A Service that only renames another host has no ports of its own. */
export function isExternalName(declaration: Manifest): boolean {
    return textAt(declaration, "spec", "type") === "ExternalName";
}

/** Namespaces of the Services with this name. */
export function namespacesWith(name: string, manifests: readonly Manifest[]): string[] {
    return objectIndex(manifests)
        .all(SERVICE)
        .filter((one) => textAt(one, "metadata", "name") === name)
        .map(namespaceOf);
}
