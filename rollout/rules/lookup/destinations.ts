/** Destinations of a program's VirtualServices: weighted, targeted and mirrored, for each protocol. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { type Manifest, ofKind } from "../rule";
import { fullHost, namespaceOf } from "./resourceName";
import { VIRTUAL_SERVICE } from "./routes";

export interface Routed {
    readonly virtualService: Manifest;
    /** "spec.http[0].route[1].destination" */
    readonly path: string;
    /** Fully qualified, or UNKNOWN. */
    readonly host: string | typeof UNKNOWN;
    readonly subset: string | undefined | typeof UNKNOWN;
    readonly protocol: "http" | "tls" | "tcp";
}

export function routedIn(manifests: readonly Manifest[]): Routed[] {
    return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((virtualService) =>
        (["http", "tls", "tcp"] as const).flatMap((protocol) =>
            items(at(virtualService, "spec", protocol)).flatMap(([index, route]) =>
                destinationsIn(route).map(([place, destination]) => ({
                    virtualService,
                    protocol,
                    path: `spec.${protocol}[${index}].${place}`,
                    host: destinationHost(destination, virtualService),
                    subset: subsetOf(destination),
                })),
            ),
        ),
    );
}

/** Known hosts, each with the first VirtualService that routes to it. */
export function routedHosts(manifests: readonly Manifest[]): Map<string, Manifest> {
    const hosts = new Map<string, Manifest>();
    for (const { host, virtualService } of routedIn(manifests)) {
        if (host !== UNKNOWN && !hosts.has(host)) hosts.set(host, virtualService);
    }
    return hosts;
}

function destinationsIn(route: unknown): [place: string, destination: unknown][] {
    const weighted = items(at(route, "route")).map(([index, one]): [string, unknown] => [
        `route[${index}].destination`,
        at(one, "destination"),
    ]);
    const mirrors = items(at(route, "mirrors")).map(([index, one]): [string, unknown] => [
        `mirrors[${index}].destination`,
        at(one, "destination"),
    ]);
    const mirror = at(route, "mirror");
    const single: [string, unknown][] = isPresent(mirror) ? [["mirror", mirror]] : [];
    return [...weighted, ...mirrors, ...single];
}

function destinationHost(destination: unknown, virtualService: Manifest): string | typeof UNKNOWN {
    const host = at(destination, "host");
    return typeof host === "string" ? fullHost(host, namespaceOf(virtualService)) : UNKNOWN;
}

function subsetOf(destination: unknown): string | undefined | typeof UNKNOWN {
    const subset = at(destination, "subset");
    if (subset === UNKNOWN) return UNKNOWN;
    return typeof subset === "string" && subset !== "" ? subset : undefined;
}

function isPresent(value: unknown): boolean {
    return value !== undefined && value !== null;
}
