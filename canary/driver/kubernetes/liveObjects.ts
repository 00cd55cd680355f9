/** Reads what the cluster has of an app that istio-canary does not manage yet. */
import type { LiveObjects } from "../../analysis/adopt/liveApp";
import type { Kubernetes, Resource } from "./kubernetes";
import { listManifests, typed, unlessDenied } from "./listing";

type Reader = Pick<Kubernetes, "read" | "list" | "listCore">;

const DEPLOYMENTS = resource("apps/v1", "deployments");

function resource(apiVersion: string, plural: string): Resource {
    const [group = "", version = ""] = apiVersion.split("/");
    return { group, version, plural };
}

/** @throws Error if there is no such Deployment, or the API server does not answer. */
export async function readLiveObjects(
    cluster: Reader,
    namespace: string,
    name: string,
): Promise<LiveObjects> {
    const deployment = await cluster.read(DEPLOYMENTS, namespace, name);
    if (deployment === undefined) {
        throw new Error(
            `deployment/${name}: expected a Deployment in namespace ${namespace}, got none. Check the name with \`kubectl get deployments -n ${namespace}\`.`,
        );
    }
    const denied: string[] = [];
    const allowed = async <T>(what: string, list: Promise<T[] | undefined>): Promise<T[]> => {
        const found = await list;
        if (found === undefined) denied.push(what);
        return found ?? [];
    };
    const listed = (apiVersion: string, kind: string, plural: string, where?: string) =>
        allowed(
            `${plural} in ${where ?? "all namespaces"}`,
            listManifests(cluster, resource(apiVersion, plural), kind, where),
        );
    const core = async (kind: "Service" | "ServiceAccount") => {
        const all = unlessDenied(() => cluster.listCore(kind, namespace));
        const found = await allowed(`${kind}s in ${namespace}`, all);
        return found.map((one) => typed(one, "v1", kind));
    };
    const istio = "networking.istio.io/v1";
    const security = "security.istio.io/v1";
    const rbac = "rbac.authorization.k8s.io/v1";
    const gatewayApi = "gateway.networking.k8s.io/v1";
    const [
        services,
        accounts,
        autoscalers,
        budgets,
        peers,
        routes,
        httpRoutes,
        rules,
        policies,
        ...bindings
    ] = await Promise.all([
        core("Service"),
        core("ServiceAccount"),
        listed("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", namespace),
        listed("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", namespace),
        listed(security, "PeerAuthentication", "peerauthentications", namespace),
        listed(istio, "VirtualService", "virtualservices"),
        listed(gatewayApi, "HTTPRoute", "httproutes"),
        listed(istio, "DestinationRule", "destinationrules"),
        listed(security, "AuthorizationPolicy", "authorizationpolicies"),
        listed(rbac, "RoleBinding", "rolebindings"),
        listed(rbac, "ClusterRoleBinding", "clusterrolebindings"),
    ]);
    return {
        deployment: typed(deployment, "apps/v1", "Deployment"),
        services,
        serviceAccounts: accounts,
        autoscalers,
        budgets,
        peerAuthentications: peers,
        virtualServices: routes,
        httpRoutes,
        destinationRules: rules,
        authorizationPolicies: policies,
        roleBindings: bindings.flat(),
        denied,
    };
}
