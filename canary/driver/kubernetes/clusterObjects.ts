/** Reads what else in the cluster routes, limits or scales a rollout's requests and pods. */

import type { Manifest } from "../../../rollout/rules/rule";
import type { ClusterObjects } from "../../analysis/cluster/otherRoutes";
import { isApiError, type Kubernetes, type Resource } from "./kubernetes";

type Lister = Pick<Kubernetes, "list">;

const istio = (plural: string): Resource => ({
    group: "networking.istio.io",
    version: "v1",
    plural,
});
const HORIZONTAL = { group: "autoscaling", version: "v2", plural: "horizontalpodautoscalers" };
const SCALED_OBJECTS = { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects" };

/**
 * Lists routes in all namespaces, or in the rollout's if the role allows no more.
 * @throws Error if the API server does not answer.
 */
export async function readClusterObjects(
    cluster: Lister,
    namespace: string,
): Promise<ClusterObjects> {
    const denied: string[] = [];
    const allowed = async (resource: Resource, kind: string, where?: string) => {
        try {
            const found = await cluster.list(resource, where);
            // The items of a list have no kind.
            const apiVersion = `${resource.group}/${resource.version}`;
            return found.map((one) => ({ ...(one as object), apiVersion, kind })) as Manifest[];
        } catch (error) {
            if (!isApiError(error, 403)) throw error;
            return undefined;
        }
    };
    const everywhere = async (resource: Resource, kind: string) => {
        const all = await allowed(resource, kind);
        if (all !== undefined) return all;
        denied.push(`${resource.plural} in other namespaces`);
        return here(resource, kind);
    };
    const here = async (resource: Resource, kind: string) => {
        const own = await allowed(resource, kind, namespace);
        if (own === undefined) denied.push(`${resource.plural} in ${namespace}`);
        return own ?? [];
    };
    const [virtualServices, destinationRules, horizontal, scaled] = await Promise.all([
        everywhere(istio("virtualservices"), "VirtualService"),
        everywhere(istio("destinationrules"), "DestinationRule"),
        here(HORIZONTAL, "HorizontalPodAutoscaler"),
        here(SCALED_OBJECTS, "ScaledObject"),
    ]);
    return { virtualServices, destinationRules, autoscalers: [...horizontal, ...scaled], denied };
}
