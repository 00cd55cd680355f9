/** Reads the split that the previous update left, from the stack's state. */

import { annotationOf, gatewayRouteName, ROUTES, SKIP_AWAIT, workloadName } from "../config/names";
import { SLOTS, type Slot } from "../config/slots";
import { at, items } from "../config/unknown";
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
 * VirtualService, the previous update used mode replicas.
 */
export function previousSplitIn(
    resources: StackResources,
    namespace: string,
    name: string,
): PreviousSplit | undefined {
    const last = outputsOf(resources, "VirtualService", namespace, name);
    if (last === undefined) return replicasSplitIn(resources, namespace, name);
    const outside = outputsOf(resources, "VirtualService", namespace, gatewayRouteName(name));
    const direct = directRoutes([...httpRoutesOf(last), ...httpRoutesOf(outside)]);
    return { ...splitIn(last), direct };
}

/** Which of an app's objects the previous update left: callers may use a Service that has no route yet. */
export interface PreviousHost {
    readonly service: boolean;
    readonly route: boolean;
}

export function previousHostIn(
    resources: StackResources,
    namespace: string,
    name: string,
): PreviousHost {
    const exists = (kind: string) => outputsOf(resources, kind, namespace, name) !== undefined;
    return { service: exists("Service"), route: exists("VirtualService") };
}

/** Reads the shares and the stable slot from a rollout's VirtualService. */
export function splitIn(virtualService: unknown): Pick<PreviousSplit, "shares" | "stable"> {
    const stable = annotationOf(virtualService, "stable");
    const shares: Record<Slot, number> = { v1: 0, v2: 0 };
    // A TCP route has no name, and there is only one.
    const weighted =
        httpRoutesOf(virtualService).find((route) => at(route, "name") === ROUTES.weighted) ??
        at(virtualService, "spec", "tcp", 0);
    for (const [, destination] of items(at(weighted, "route"))) {
        const slot = SLOTS.find((one) => one === at(destination, "destination", "subset"));
        const weight = at(destination, "weight");
        if (slot !== undefined && typeof weight === "number") shares[slot] += weight;
    }
    return { shares, stable: stable === "v2" ? "v2" : "v1" };
}

/** The names of those HTTP routes that send requests to the canary at any weight. */
export function directRoutes(routes: readonly unknown[]): string[] {
    return [ROUTES.targeted, ROUTES.mirrored].filter((name) =>
        routes.some((route) => at(route, "name") === name),
    );
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
