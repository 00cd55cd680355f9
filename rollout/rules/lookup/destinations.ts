/** Destinations of a program's routes: weighted, targeted and mirrored, for each protocol. */

import { annotationOf } from "../../config/names";
import { at, items, UNKNOWN } from "../../config/unknown";
import { oncePerProgram } from "../ofKinds";
import type { Manifest } from "../rule";
import { fullHost, namespaceOf } from "./resourceName";
import { destinationsOf, isHttpRoute, SPLIT_KINDS, VIRTUAL_SERVICE } from "./routes";

export interface Routed {
    readonly virtualService: Manifest;
    /** "spec.http[0].route[1].destination" */
    readonly path: string;
    /** Fully qualified, or UNKNOWN. */
    readonly host: string | typeof UNKNOWN;
    /** As written. */
    readonly writtenHost: unknown;
    readonly subset: string | undefined | typeof UNKNOWN;
    /** Number of the port that the destination names. */
    readonly port: unknown;
    /** Undefined for a mirror. A missing weight is 100 for a single destination, and otherwise 0. */
    readonly weight: unknown;
    readonly mirrors: boolean;
    readonly protocol: "http" | "tls" | "tcp";
}

export const routedIn = oncePerProgram([VIRTUAL_SERVICE], findRouted);

/** By host. A host is UNKNOWN if it is not known. */
export const routedByHost = oncePerProgram([VIRTUAL_SERVICE], groupByHost);

function groupByHost(manifests: readonly Manifest[]): ReadonlyMap<unknown, readonly Routed[]> {
    const routed = new Map<unknown, Routed[]>();
    for (const one of routedIn(manifests)) {
        const list = routed.get(one.host) ?? [];
        list.push(one);
        routed.set(one.host, list);
    }
    return routed;
}

function findRouted(virtualServices: readonly Manifest[]): readonly Routed[] {
    return virtualServices.flatMap((virtualService) =>
        (["http", "tls", "tcp"] as const).flatMap((protocol) =>
            items(at(virtualService, "spec", protocol)).flatMap(([index, route]) =>
                destinationsIn(route).map(({ place, destination, weight }) => ({
                    virtualService,
                    protocol,
                    path: `spec.${protocol}[${index}].${place}`,
                    host: destinationHost(destination, virtualService),
                    writtenHost: at(destination, "host"),
                    subset: subsetOf(destination),
                    port: at(destination, "port", "number"),
                    weight,
                    mirrors: place.startsWith("mirror"),
                })),
            ),
        ),
    );
}

/** Known hosts, each with the first VirtualService, or HTTPRoute of a CanaryRollout, that routes to it. */
export const routedHosts = oncePerProgram(SPLIT_KINDS, findRoutedHosts);

function findRoutedHosts(manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> {
    const hosts = new Map<string, Manifest>();
    for (const { host, virtualService } of routedIn(manifests)) {
        if (host !== UNKNOWN && !hosts.has(host)) hosts.set(host, virtualService);
    }
    // Another HTTPRoute may be for a gateway that is not Istio's, where a DestinationRule has no effect.
    for (const route of manifests.filter(isHttpRoute)) {
        if (annotationOf(route, "stable") === undefined) continue;
        for (const { host } of destinationsOf(route)) {
            if (typeof host === "string" && !hosts.has(host)) hosts.set(host, route);
        }
    }
    return hosts;
}

interface Place {
    /** "route[0].destination" */
    readonly place: string;
    readonly destination: unknown;
    readonly weight: unknown;
}

function destinationsIn(route: unknown): Place[] {
    const entries = items(at(route, "route"));
    const weighted = entries.map(([index, one]) => ({
        place: `route[${index}].destination`,
        destination: at(one, "destination"),
        weight: at(one, "weight") ?? (entries.length === 1 ? 100 : 0),
    }));
    const mirrors = items(at(route, "mirrors")).map(([index, one]) => ({
        place: `mirrors[${index}].destination`,
        destination: at(one, "destination"),
        weight: undefined,
    }));
    const destination = at(route, "mirror");
    const single = isPresent(destination)
        ? [{ place: "mirror", destination, weight: undefined }]
        : [];
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
