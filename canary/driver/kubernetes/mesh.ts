/** Reads a rollout's routes and pods from the API server, and resets the weights without the engine. */

import { gatewayRouteName, isRouteOf, PROJECT, workloadName } from "../../../rollout/config/names";
import type { Slot } from "../../../rollout/config/slots";
import { at, items, textAt } from "../../../rollout/config/unknown";
import { sharesIn, splitIn } from "../../../rollout/plan/previousSplit";
import { workloadProblems } from "../../../rollout/plan/referencedWorkload";
import { faultInjection } from "../../../rollout/rules/resilience/faultInjection";
import type { Manifest } from "../../../rollout/rules/rule";
import type { ReferencedWorkloads } from "../../analysis/counts/referencedWorkloads";
import type { Mesh, WrittenRoute } from "../ports";
import { HTTP_ROUTES, readClusterObjects } from "./clusterObjects";
import { isApiError, type Kubernetes, type Objects, type Patch } from "./kubernetes";
import { ownedPart, ownerOf, withFields } from "./ownedFields";
import { ROUTE_LISTS, resetWeights } from "./resetWeights";

export const VIRTUAL_SERVICES = {
    group: "networking.istio.io",
    version: "v1",
    plural: "virtualservices",
};
export const DEPLOYMENTS = { group: "apps", version: "v1", plural: "deployments" };
const STATEFUL_SETS = { ...DEPLOYMENTS, plural: "statefulsets" };

/** Attempts, because somebody else may write between a read and its patch. */
const ATTEMPTS = 5;

/** A rollout's place in the cluster. */
export interface MeshPlace {
    readonly namespace: string;
    readonly app: string;
    /** `gateway-api` if the route is an HTTPRoute. Default: a VirtualService. */
    readonly routing?: string;
    /** Versions whose pods somebody else manages. Default: none. */
    readonly workloads?: ReferencedWorkloads;
}

/** The kind of a rollout's route, and where the API server has it. */
export function routeKind({ routing }: Pick<MeshPlace, "routing">) {
    return routing === "gateway-api"
        ? ({ kind: "HTTPRoute", resource: HTTP_ROUTES } as const)
        : ({ kind: "VirtualService", resource: VIRTUAL_SERVICES } as const);
}

/** The rollout as the cluster has it. */
export function kubernetesMesh(
    cluster: Objects & Pick<Kubernetes, "list" | "listCore" | "hasKind">,
    place: MeshPlace,
): Mesh {
    const { namespace, app, workloads = {} } = place;
    const { resource } = routeKind(place);
    const names = [app, gatewayRouteName(app)];
    const read = async (name: string) => {
        const found = await cluster.read(resource, namespace, name);
        return isRouteOf(app, found) ? found : undefined;
    };

    const workload = (slot: Slot) => {
        const { kind, name } = workloads[slot] ?? { name: workloadName(app, slot) };
        const kept = kind === "StatefulSet" ? STATEFUL_SETS : DEPLOYMENTS;
        return cluster.read(kept, namespace, name);
    };

    async function patch(name: string): Promise<void> {
        for (let attempt = 1; ; attempt++) {
            const found = await read(name);
            if (found === undefined) return;
            try {
                await cluster.patch(resource, namespace, name, resetPatch(found));
                return;
            } catch (error) {
                if (attempt === ATTEMPTS || !isApiError(error, 409)) throw error;
            }
        }
    }

    return {
        async written() {
            const [inside, outside] = await Promise.all(names.map(read));
            return writtenRoute(inside, outside);
        },
        hasRouteKind: () => cluster.hasKind(resource),
        async resetWeights() {
            await Promise.all(names.map(patch));
        },
        others: () => readClusterObjects(cluster, namespace),
        async pods(slot: Slot) {
            const live = await workload(slot);
            return {
                ready: Number(at(live, "status", "readyReplicas") ?? 0),
                wanted: Number(at(live, "spec", "replicas") ?? 0),
            };
        },
        async referenced(slot: Slot) {
            const wanted = workloads[slot];
            if (wanted === undefined) return undefined;
            const [live, services] = await Promise.all([
                workload(slot),
                cluster.listCore("Service", namespace),
            ]);
            const service = services.find((one) => at(one, "metadata", "name") === app);
            const image = textAt(live, "spec", "template", "spec", "containers", 0, "image");
            return {
                problems: workloadProblems({ ...wanted, slot }, live, service, namespace),
                ...(image !== undefined && { image }),
            };
        },
    };
}

/** @param outside the gateways' own VirtualService or HTTPRoute, if there is one. */
export function writtenRoute(inside: unknown, outside: unknown): WrittenRoute | undefined {
    if (inside === undefined) return undefined;
    const faults = [inside, outside].flatMap((route) =>
        route === undefined ? [] : faultInjection.check(route as Manifest, {}),
    );
    const atGateways = sharesIn(outside);
    return {
        ...splitIn(inside),
        ...(atGateways && { atGateways }),
        ...(faults.length > 0 && { faults }),
    };
}

/**
 * The patch that moves all weight to the stable. If Pulumi applied the object, the patch uses Pulumi's field manager, so that the
 * next update owns the routes and can change them without a conflict, even if somebody else has written them since.
 * @param found the VirtualService or HTTPRoute from the API server.
 */
export function resetPatch(found: unknown): Patch {
    const { stable } = splitIn(found);
    const changed = resetWeights(found, stable);
    const resourceVersion = at(found, "metadata", "resourceVersion");
    const lists = ROUTE_LISTS.filter((one) => items(changed[one]).length > 0);
    const [list = "http"] = lists;
    const owner = withFields(found, "spec", lists) ?? ownerOf(found, "spec", list);
    const fieldManager = owner?.manager ?? PROJECT;
    if (owner?.operation !== "Apply") {
        const spec = Object.fromEntries(lists.map((one) => [one, changed[one]]));
        return { by: "merge", fieldManager, body: { metadata: { resourceVersion }, spec } };
    }
    const own = ownedPart({ ...(found as object), spec: changed }, owner.fields);
    return {
        by: "apply",
        fieldManager,
        body: {
            ...(own as object),
            apiVersion: at(found, "apiVersion"),
            kind: at(found, "kind"),
            metadata: {
                ...(at(own, "metadata") as object | undefined),
                name: at(found, "metadata", "name"),
                namespace: at(found, "metadata", "namespace"),
                resourceVersion,
            },
        },
    };
}
