/** Reads what the cluster has of an app that istio-canary does not manage yet. */
import { at, textAt } from "../../../rollout/config/unknown";
import type { Manifest } from "../../../rollout/rules/rule";
import type { LiveObjects } from "../../analysis/adopt/liveApp";
import type { Kubernetes, Resource } from "./kubernetes";
import { listManifests, typed, unlessDenied } from "./listing";

/** A cluster, or the manifests of files. */
export type Reader = Pick<Kubernetes, "read" | "list" | "listCore">;

export const ADOPTABLE = ["deployment", "canary", "rollout"] as const;

export interface AdoptTarget {
    readonly kind: (typeof ADOPTABLE)[number];
    readonly namespace: string;
    readonly name: string;
}

const KINDS = {
    deployment: { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments" },
    canary: { apiVersion: "flagger.app/v1beta1", kind: "Canary", plural: "canaries" },
    rollout: { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", plural: "rollouts" },
};

function resource(apiVersion: string, plural: string): Resource {
    const [group = "", version = ""] = apiVersion.split("/");
    return { group, version, plural };
}

type Workload = Pick<LiveObjects, "deployment" | "peer" | "source">;

/** @throws Error if there is no such object, or the API server does not answer. */
export async function readLiveObjects(cluster: Reader, target: AdoptTarget): Promise<LiveObjects> {
    const { namespace } = target;
    const workload = await readWorkload(cluster, target);
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
        ...workload,
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

async function readWorkload(cluster: Reader, target: AdoptTarget): Promise<Workload> {
    const { namespace } = target;
    const read = async (kind: AdoptTarget["kind"], name: string) => {
        const { apiVersion, kind: manifestKind, plural } = KINDS[kind];
        const found = await cluster.read(resource(apiVersion, plural), namespace, name);
        return found === undefined ? undefined : typed(found, apiVersion, manifestKind);
    };
    const peer = await read(target.kind, target.name);
    if (peer === undefined) {
        const { kind, plural } = KINDS[target.kind];
        throw new Error(
            `${target.kind}/${target.name}: expected a ${kind} in namespace ${namespace}, got none. Check the name with \`kubectl get ${plural} -n ${namespace}\`.`,
        );
    }
    if (target.kind === "deployment") return { deployment: peer };
    if (target.kind === "canary") {
        const name = textAt(peer, "spec", "targetRef", "name") ?? target.name;
        const source = await read("deployment", name);
        // Flagger runs the pods in a copy.
        const primary = await read("deployment", `${name}-primary`);
        if (primary !== undefined) return { peer, deployment: primary, ...(source && { source }) };
        return { peer, deployment: source ?? missingDeployment(name, namespace) };
    }
    const name = textAt(peer, "spec", "workloadRef", "name");
    if (name === undefined) return { peer, deployment: peer };
    const source = (await read("deployment", name)) ?? missingDeployment(name, namespace);
    const template = at(source, "spec", "template");
    return { peer, source, deployment: { ...peer, spec: { ...(peer.spec as object), template } } };
}

/** So that an object whose Deployment is not there can be translated all the same. */
function missingDeployment(name: string, namespace: string): Manifest {
    const template = { metadata: { labels: { app: name } } };
    const { apiVersion, kind } = KINDS.deployment;
    return { apiVersion, kind, metadata: { name, namespace }, spec: { template } };
}
