/** Where a program's VirtualServices send requests: by weight, by target and by mirror, of any protocol. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { type Manifest, ofKind } from "../rule";
import { fullHost, namespaceOf } from "./names";
import { VIRTUAL_SERVICE } from "./routes";

export interface Routed {
    readonly virtualService: Manifest;
    /** "spec.http[0].route[1].destination" */
    readonly path: string;
    /** In full, or UNKNOWN. */
    readonly host: string | typeof UNKNOWN;
    readonly subset: string | undefined | typeof UNKNOWN;
    readonly protocol: "http" | "tls" | "tcp";
}

export function routedIn(manifests: readonly Manifest[]): Routed[] {
    return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((virtualService) =>
        (["http", "tls", "tcp"] as const).flatMap((protocol) =>
            items(at(virtualService, "spec", protocol)).flatMap(([index, route]) =>
                destinations(route).map(([place, destination]) => ({
                    virtualService,
                    protocol,
                    path: `spec.${protocol}[${index}].${place}`,
                    host: hostOf(destination, virtualService),
                    subset: subsetOf(destination),
                })),
            ),
        ),
    );
}

/** The hosts that are known, each with the first VirtualService that leads there. */
export function routedHosts(manifests: readonly Manifest[]): Map<string, Manifest> {
    const hosts = new Map<string, Manifest>();
    for (const { host, virtualService } of routedIn(manifests)) {
        if (host !== UNKNOWN && !hosts.has(host)) hosts.set(host, virtualService);
    }
    return hosts;
}

function destinations(route: unknown): [place: string, destination: unknown][] {
    const weighted = items(at(route, "route")).map(([index, one]): [string, unknown] => [
        `route[${index}].destination`,
        at(one, "destination"),
    ]);
    const mirrors = items(at(route, "mirrors")).map(([index, one]): [string, unknown] => [
        `mirrors[${index}].destination`,
        at(one, "destination"),
    ]);
    const mirror = at(route, "mirror");
    const single: [string, unknown][] = isSet(mirror) ? [["mirror", mirror]] : [];
    return [...weighted, ...mirrors, ...single];
}

function hostOf(destination: unknown, virtualService: Manifest): string | typeof UNKNOWN {
    const host = at(destination, "host");
    return typeof host === "string" ? fullHost(host, namespaceOf(virtualService)) : UNKNOWN;
}

function subsetOf(destination: unknown): string | undefined | typeof UNKNOWN {
    const subset = at(destination, "subset");
    if (subset === UNKNOWN) return UNKNOWN;
    return typeof subset === "string" && subset !== "" ? subset : undefined;
}

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null;
}
