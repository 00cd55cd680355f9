/** Where the slots stood after the last update, read from what the stack's state says of the VirtualService. */
import { SLOTS, type Slot } from "./config";
import { ROUTE, SKIP_AWAIT, STABLE_ANNOTATION } from "./manifests";
import type { Shares } from "./plan";
import { at, items } from "./rules/unknown";

export interface LastRoute {
    readonly shares: Shares;
    readonly stable: Slot;
    /** Names of the routes by which the canary gets requests whatever its weight. */
    readonly direct: readonly string[];
}

/** A stack's resources by URN, as the engine's `readStackResourceOutputs` gives them. */
export type StackResources = Readonly<Record<string, { type?: unknown; outputs?: unknown }>>;

/**
 * The last route of `namespace`/`name`, or undefined when the stack has no such VirtualService yet. It is found by
 * its name in the cluster, so that a component moved within its program keeps its history.
 */
export function lastRouteIn(
    resources: StackResources,
    namespace: string,
    name: string,
): LastRoute | undefined {
    const last = Object.values(resources).find(
        ({ type, outputs }) =>
            typeof type === "string" &&
            type.endsWith(":VirtualService") &&
            at(outputs, "metadata", "name") === name &&
            at(outputs, "metadata", "namespace") === namespace,
    );
    if (last === undefined) return undefined;
    const stable = at(last.outputs, "metadata", "annotations", STABLE_ANNOTATION);
    const shares: Record<Slot, number> = { v1: 0, v2: 0 };
    const routes = items(at(last.outputs, "spec", "http")).map(([, route]) => route);
    const weighted = routes.find((route) => at(route, "name") === ROUTE.weighted);
    for (const [, destination] of items(at(weighted, "route"))) {
        const slot = SLOTS.find((one) => one === at(destination, "destination", "subset"));
        const weight = at(destination, "weight");
        if (slot !== undefined && typeof weight === "number") shares[slot] += weight;
    }
    return { shares, stable: stable === "v2" ? "v2" : "v1", direct: directRoutes(routes) };
}

/** Of some HTTP routes, the names of those by which the canary gets requests whatever its weight. */
export function directRoutes(routes: readonly unknown[]): string[] {
    return [ROUTE.targeted, ROUTE.mirrored].filter((name) =>
        routes.some((route) => at(route, "name") === name),
    );
}

/** Whether the last update awaited the pods of the Deployment `namespace`/`name`, and they got ready. */
export function wasAwaited(resources: StackResources, namespace: string, name: string): boolean {
    const last = Object.values(resources).find(
        ({ type, outputs }) =>
            typeof type === "string" &&
            type.endsWith(":Deployment") &&
            at(outputs, "metadata", "name") === name &&
            at(outputs, "metadata", "namespace") === namespace,
    );
    const annotations = at(last?.outputs, "metadata", "annotations");
    const replicas = at(last?.outputs, "spec", "replicas");
    const { updatedReplicas = 0, readyReplicas = 0 } = Object(at(last?.outputs, "status"));
    const ready = updatedReplicas === replicas && readyReplicas === replicas;
    return last !== undefined && at(annotations, SKIP_AWAIT) === undefined && ready;
}
