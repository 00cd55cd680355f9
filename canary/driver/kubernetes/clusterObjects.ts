/** Reads what else in the cluster routes, limits or scales a rollout's requests and pods. */
import type { ClusterObjects } from "../../analysis/cluster/otherRoutes";
import type { Kubernetes, Resource } from "./kubernetes";
import { listManifests, typed, unlessDenied } from "./listing";

type Lister = Pick<Kubernetes, "list" | "listCore">;

const istio = (plural: string): Resource => ({
    group: "networking.istio.io",
    version: "v1",
    plural,
});
export const HTTP_ROUTES: Resource = {
    group: "gateway.networking.k8s.io",
    version: "v1",
    plural: "httproutes",
};
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
    const everywhere = async (resource: Resource, kind: string) => {
        const all = await listManifests(cluster, resource, kind);
        if (all !== undefined) return all;
        denied.push(`${resource.plural} in other namespaces`);
        return here(resource, kind);
    };
    const here = async (resource: Resource, kind: string) => {
        const own = await listManifests(cluster, resource, kind, namespace);
        if (own === undefined) denied.push(`${resource.plural} in ${namespace}`);
        return own ?? [];
    };
    const [virtualServices, httpRoutes, destinationRules, horizontal, scaled, services] =
        await Promise.all([
            everywhere(istio("virtualservices"), "VirtualService"),
            everywhere(HTTP_ROUTES, "HTTPRoute"),
            everywhere(istio("destinationrules"), "DestinationRule"),
            here(HORIZONTAL, "HorizontalPodAutoscaler"),
            here(SCALED_OBJECTS, "ScaledObject"),
            unlessDenied(() => cluster.listCore("Service", namespace)),
        ]);
    if (services === undefined) denied.push(`services in ${namespace}`);
    return {
        virtualServices,
        httpRoutes,
        destinationRules,
        autoscalers: [...horizontal, ...scaled],
        services: (services ?? []).map((one) => typed(one, "v1", "Service")),
        denied,
    };
}
