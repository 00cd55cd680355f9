/** Weighted routes of a VirtualService, for each protocol. */

import { at, items, UNKNOWN } from "../../config/unknown";
import type { Manifest } from "../rule";

export const VIRTUAL_SERVICE = { group: "networking.istio.io", kind: "VirtualService" } as const;

export interface Destination {
    /** "spec.http[0].route[1]" */
    readonly path: string;
    readonly host: unknown;
    readonly subset: unknown;
    /** As written: undefined, a number, UNKNOWN, or an invalid value. */
    readonly weight: unknown;
}

export interface Route {
    /** "spec.http[0].route" */
    readonly path: string;
    /** UNKNOWN if the list itself is unknown. */
    readonly destinations: readonly Destination[] | typeof UNKNOWN;
}

/** All http, tls and tcp routes, in this order. */
export function routesOf(manifest: Manifest): Route[] {
    return ["http", "tls", "tcp"].flatMap((protocol): Route[] => {
        const list = at(manifest, "spec", protocol);
        if (list === UNKNOWN) return [{ path: `spec.${protocol}`, destinations: UNKNOWN }];
        return items(list).map(([index, entry]) => {
            const path = `spec.${protocol}[${index}].route`;
            const route = at(entry, "route");
            if (route === UNKNOWN) return { path, destinations: UNKNOWN };
            return {
                path,
                destinations: items(route).map(([place, item]) => ({
                    path: `${path}[${place}]`,
                    host: at(item, "destination", "host"),
                    subset: at(item, "destination", "subset"),
                    weight: at(item, "weight"),
                })),
            };
        });
    });
}

/** All known destinations. */
export function destinationsOf(manifest: Manifest): Destination[] {
    return routesOf(manifest).flatMap(({ destinations }) =>
        destinations === UNKNOWN ? [] : destinations,
    );
}

/** A missing weight is 100 for a single destination, and otherwise 0. */
export function effectiveWeight({ weight }: Destination, count: number): unknown {
    return weight ?? (count === 1 ? 100 : 0);
}
