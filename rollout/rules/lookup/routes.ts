/** Weighted routes of a VirtualService, for each protocol, and of an HTTPRoute. */

import { serviceHost } from "../../config/names";
import { at, items, UNKNOWN } from "../../config/unknown";
import { isOf, type Kind, type Manifest } from "../rule";
import { type BackendList, backendLists } from "./mesh/gatewayApi";

export const VIRTUAL_SERVICE = { group: "networking.istio.io", kind: "VirtualService" } as const;
/** The HTTP route of the Gateway API. */
export const HTTP_ROUTE = { group: "gateway.networking.k8s.io", kind: "HTTPRoute" } as const;
/** Kinds of routes that split an app's requests. */
export const SPLIT_KINDS: readonly Kind[] = [VIRTUAL_SERVICE, HTTP_ROUTE];

export function isHttpRoute(manifest: Manifest): boolean {
    return isOf([HTTP_ROUTE], manifest);
}

/** The routes of a program that split an app's requests. */
export function splittingRoutes(manifests: readonly Manifest[]): Manifest[] {
    return manifests.filter((one) => isOf(SPLIT_KINDS, one));
}

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

/** All http, tls and tcp routes, in this order; of an HTTPRoute its rules, with weights as percentages. */
export function routesOf(manifest: Manifest): Route[] {
    if (isHttpRoute(manifest)) return backendLists(manifest).map(ruleRoute);
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

/** The weights of backends are shares of their sum. */
function ruleRoute({ path, list, backends }: BackendList): Route {
    if (list === UNKNOWN) return { path, destinations: UNKNOWN };
    const weights = backends.map(({ weight }) => weight ?? 1);
    const sum = weights.every((one) => typeof one === "number")
        ? weights.reduce((all, one) => all + one, 0)
        : undefined;
    return {
        path,
        destinations: backends.map((one, index) => ({
            path: one.path,
            host: typeof one.name === "string" ? serviceHost(one.name, one.namespace) : UNKNOWN,
            subset: undefined,
            weight: sum ? (100 * Number(weights[index])) / sum : weights[index],
        })),
    };
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
