/** Where the slots stood after the last update, read from what the stack's state says of what made the split. */

import { annotationOf, gatewayRouteName, ROUTES, SKIP_AWAIT, workloadName } from "../config/names";
import { SLOTS, type Slot } from "../config/topics/roles";
import { at, items } from "../config/unknown";
import { type Shares, sharesOf } from "./plan";

export interface LastRoute {
    readonly shares: Shares;
    readonly stable: Slot;
    /** Names of the routes by which the canary gets requests whatever its weight. */
    readonly direct: readonly string[];
}

/** A stack's resources by URN, as the engine's `readStackResourceOutputs` gives them. */
export type StackResources = Readonly<Record<string, { type?: unknown; outputs?: unknown }>>;

/**
 * The last route of `namespace`/`name`, or undefined when the stack has none yet. It is found by its name in the
 * cluster, so that a component moved within its program keeps its history. Where there is no VirtualService, the
 * last update was one of mode replicas.
 */
export function lastRouteIn(
    resources: StackResources,
    namespace: string,
    name: string,
): LastRoute | undefined {
    const last = outputsOf(resources, "VirtualService", namespace, name);
    if (last === undefined) return lastSplitIn(resources, namespace, name);
    const outside = outputsOf(resources, "VirtualService", namespace, gatewayRouteName(name));
    const direct = directRoutes([...routesOf(last), ...routesOf(outside)]);
    return { ...splitIn(last), direct };
}

/** Where the weights of a rollout's VirtualService send requests, and the slot that was stable when it was written. */
export function splitIn(virtualService: unknown): Pick<LastRoute, "shares" | "stable"> {
    const stable = annotationOf(virtualService, "stable");
    const shares: Record<Slot, number> = { v1: 0, v2: 0 };
    // The route of TCP has no name, and is the only one.
    const weighted =
        routesOf(virtualService).find((route) => at(route, "name") === ROUTES.weighted) ??
        at(virtualService, "spec", "tcp", 0);
    for (const [, destination] of items(at(weighted, "route"))) {
        const slot = SLOTS.find((one) => one === at(destination, "destination", "subset"));
        const weight = at(destination, "weight");
        if (slot !== undefined && typeof weight === "number") shares[slot] += weight;
    }
    return { shares, stable: stable === "v2" ? "v2" : "v1" };
}

/** Of some HTTP routes, the names of those by which the canary gets requests whatever its weight. */
export function directRoutes(routes: readonly unknown[]): string[] {
    return [ROUTES.targeted, ROUTES.mirrored].filter((name) =>
        routes.some((route) => at(route, "name") === name),
    );
}

/** Whether the last update awaited the pods of the Deployment `namespace`/`name`, and they got ready. */
export function wasAwaited(resources: StackResources, namespace: string, name: string): boolean {
    const last = outputsOf(resources, "Deployment", namespace, name);
    const annotations = at(last, "metadata", "annotations");
    const wanted = at(last, "spec", "replicas");
    // While new pods do not get ready, ready ones of the last template are still there.
    const ready = ["replicas", "updatedReplicas", "readyReplicas"].every(
        (count) => (at(last, "status", count) ?? 0) === wanted,
    );
    return last !== undefined && at(annotations, SKIP_AWAIT) === undefined && ready;
}

/** Told by the stable's Deployment, which is written after the canary's pods are ready. */
function lastSplitIn(
    resources: StackResources,
    namespace: string,
    app: string,
): LastRoute | undefined {
    for (const stable of SLOTS) {
        const last = outputsOf(resources, "Deployment", namespace, workloadName(app, stable));
        const share = annotationOf(last, "share");
        if (typeof share === "string") {
            return { shares: sharesOf(stable, 100 - Number(share)), stable, direct: [] };
        }
    }
    return undefined;
}

/** An object of the cluster as the state has it, wherever it stands in the program. */
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

function routesOf(virtualService: unknown): unknown[] {
    return items(at(virtualService, "spec", "http")).map(([, route]) => route);
}
