/** Reads the split that the previous update left, from the stack's state. */

import {
    annotationOf,
    appsOfRoute,
    gatewayRouteName,
    isRouteOf,
    ROUTES,
    SKIP_AWAIT,
    workloadName,
} from "../config/names";
import { otherSlot, SLOTS, type Slot } from "../config/slots";
import { at, items, textAt } from "../config/unknown";
import { type Shares, sharesOf } from "./shares";

export interface PreviousSplit {
    readonly shares: Shares;
    readonly stable: Slot;
    /** Names of the routes that send requests to the canary at any weight. */
    readonly direct: readonly string[];
}

/** A stack's resources by URN, as the engine's `readStackResourceOutputs` returns them. */
export type StackResources = Readonly<Record<string, { type?: unknown; outputs?: unknown }>>;

/**
 * The split of the rollout `namespace`/`name` after the previous update; undefined before the first one. Looks up objects by
 * their name in the cluster, not by URN, so that a component keeps its history when it moves within the program. Without a
 * route, the previous update used mode replicas.
 */
export function previousSplitIn(
    resources: StackResources,
    namespace: string,
    name: string,
): PreviousSplit | undefined {
    const kind = routeKindIn(resources, namespace, name);
    const last = kind && outputsOf(resources, kind, namespace, name);
    if (last === undefined) return replicasSplitIn(resources, namespace, name);
    const outside = outputsOf(resources, "VirtualService", namespace, gatewayRouteName(name));
    const atGateways = isRouteOf(name, outside) ? httpRoutesOf(outside) : [];
    const split = splitIn(last);
    const direct = directRoutes([...httpRoutesOf(last), ...atGateways], split.stable);
    return { ...split, direct: [...direct, ...directRules(last)] };
}

/** Which of an app's objects the previous update left: callers may use a Service that has no route yet. */
export interface PreviousHost {
    readonly service: boolean;
    /** Kind of the route. */
    readonly route: RouteKind | undefined;
}

/** Kinds of a rollout's route. If an update that replaces one by the other was interrupted, the first one decides. */
const ROUTE_KINDS = ["VirtualService", "HTTPRoute"] as const;
type RouteKind = (typeof ROUTE_KINDS)[number];

function routeKindIn(resources: StackResources, namespace: string, name: string) {
    return ROUTE_KINDS.find((kind) => outputsOf(resources, kind, namespace, name) !== undefined);
}

export function previousHostIn(
    resources: StackResources,
    namespace: string,
    name: string,
): PreviousHost {
    return {
        service: outputsOf(resources, "Service", namespace, name) !== undefined,
        route: routeKindIn(resources, namespace, name),
    };
}

/** Reads the shares and the stable slot from a rollout's VirtualService or HTTPRoute. */
export function splitIn(route: unknown): Pick<PreviousSplit, "shares" | "stable"> {
    const stable = annotationOf(route, "stable");
    const shares: Record<Slot, number> = { v1: 0, v2: 0 };
    for (const { slot, weight } of weightedIn(route)) {
        if (slot !== undefined && typeof weight === "number") shares[slot] += weight;
    }
    return { shares, stable: stable === "v2" ? "v2" : "v1" };
}

/** The shares in a route. Undefined if it splits nothing, because all of its paths are stable-only. */
export function sharesIn(route: unknown): Shares | undefined {
    return weightedIn(route).length === 0 ? undefined : splitIn(route).shares;
}

interface Weighted {
    readonly slot: Slot | undefined;
    readonly weight: unknown;
}

function weightedIn(route: unknown): Weighted[] {
    const rule = rulesOf(route).find((backends) => backends.length > 1);
    if (rule !== undefined) return rule;
    // A TCP route has no name, and there is only one.
    const http = httpRoutesOf(route);
    const weighted =
        http.find((one) => at(one, "name") === ROUTES.weighted) ??
        // An entry of the config's `routes`, if the rest is stable-only.
        http.find((one) => textAt(one, "name")?.endsWith(`-${ROUTES.weighted}`)) ??
        at(route, "spec", "tcp", 0);
    return items(at(weighted, "route")).map(([, destination]) => ({
        slot: SLOTS.find((one) => one === at(destination, "destination", "subset")),
        weight: at(destination, "weight"),
    }));
}

/** The backends of each rule of an HTTPRoute. Its rules have no names, which the Gateway API does not have before 1.4. */
function rulesOf(route: unknown): Weighted[][] {
    return items(at(route, "spec", "rules")).map(([, rule]) =>
        items(at(rule, "backendRefs")).map(([, backend]) => ({
            slot: slotOfBackend(route, backend),
            weight: at(backend, "weight"),
        })),
    );
}

/** The slot whose Service a backend of the HTTPRoute is. */
export function slotOfBackend(route: unknown, backend: unknown): Slot | undefined {
    const apps = appsOfRoute(route);
    return SLOTS.find((slot) =>
        apps.some((app) => at(backend, "name") === workloadName(app, slot)),
    );
}

/** The rules of an HTTPRoute that send requests to the canary at any weight, by the names of the VirtualService's routes. */
function directRules(route: unknown): string[] {
    const { stable } = splitIn(route);
    const isTargeted = rulesOf(route).some(
        ([one, ...others]) => one !== undefined && others.length === 0 && one.slot !== stable,
    );
    return isTargeted ? [ROUTES.targeted] : [];
}

/**
 * The kinds of those HTTP routes that send requests to the canary at any weight. Their own names also have those of ports and of
 * the config's `routes`.
 */
export function directRoutes(routes: readonly unknown[], stable: Slot): string[] {
    const canary = otherSlot(stable);
    const isTargeted = (route: unknown) => {
        const [one, ...others] = items(at(route, "route"));
        return others.length === 0 && at(one?.[1], "destination", "subset") === canary;
    };
    const isMirrored = (route: unknown) => at(route, "mirror") !== undefined;
    return [
        ...(routes.some(isTargeted) ? [ROUTES.targeted] : []),
        ...(routes.some(isMirrored) ? [ROUTES.mirrored] : []),
    ];
}

/** Whether the previous update waited for the pods of the Deployment `namespace`/`name`, and they became ready. */
export function wasAwaited(resources: StackResources, namespace: string, name: string): boolean {
    const last = outputsOf(resources, "Deployment", namespace, name);
    const annotations = at(last, "metadata", "annotations");
    const wanted = at(last, "spec", "replicas");
    // All three counts, because pods of the old template stay ready while new pods fail to become ready.
    const ready = ["replicas", "updatedReplicas", "readyReplicas"].every(
        (count) => (at(last, "status", count) ?? 0) === wanted,
    );
    return last !== undefined && at(annotations, SKIP_AWAIT) === undefined && ready;
}

/** Reads the split in mode replicas from the stable's Deployment, which the update writes after the canary's pods are ready. */
function replicasSplitIn(
    resources: StackResources,
    namespace: string,
    app: string,
): PreviousSplit | undefined {
    for (const stable of SLOTS) {
        const last = outputsOf(resources, "Deployment", namespace, workloadName(app, stable));
        const share = annotationOf(last, "share");
        if (typeof share === "string") {
            return { shares: sharesOf(stable, 100 - Number(share)), stable, direct: [] };
        }
    }
    return undefined;
}

/** Finds an object in the state by its name in the cluster. */
function outputsOf(
    resources: StackResources,
    kind: string,
    namespace: string,
    name: string,
): unknown {
    const found = Object.values(resources).find(
        ({ type, outputs }) =>
            typeof type === "string" &&
            type.endsWith(`:${kind}`) &&
            at(outputs, "metadata", "name") === name &&
            at(outputs, "metadata", "namespace") === namespace,
    );
    return found?.outputs;
}

function httpRoutesOf(virtualService: unknown): unknown[] {
    return items(at(virtualService, "spec", "http")).map(([, route]) => route);
}
