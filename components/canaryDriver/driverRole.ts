/** The driver's permissions in the app's namespace: those that `pulumi up` of a rollout needs, and access to the Lease. */
import type * as types from "@pulumi/kubernetes/types/input";
import { leaseName } from "../../rollout/config/names";

type Rule = types.rbac.v1.PolicyRule;

/** Pulumi reads, applies and deletes the program's objects, and watches them until they are ready. */
const MANAGE = ["get", "list", "watch", "create", "patch", "delete"];
/** Pulumi watches these while it waits for pods. */
const WATCH = ["get", "list", "watch"];

/** The counters of the app's proxies are read with GET requests through the API server. */
const READ_PROXIES: Rule = { apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"] };

/** The Jobs of metrics are created, read and deleted; the log of one that failed is in the report. */
const RUN_JOBS: Rule[] = [
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "create", "delete"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
];

/** Rights that a rollout may do without. */
interface OptionalRights {
    /** GET requests to the namespace's pods. */
    readonly readProxies: boolean;
    /** Jobs of metrics. */
    readonly runJobs: boolean;
}

/** Grants nothing outside the namespace and nothing on RBAC objects. Pods are read-only. */
export function driverRules(app: string, { readProxies, runJobs }: OptionalRights): Rule[] {
    const lease = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
    return [
        // `create` cannot be restricted by resourceNames, because the name is not known at authorization time.
        { ...lease, verbs: ["create"] },
        { ...lease, resourceNames: [leaseName(app)], verbs: ["get", "patch"] },
        {
            apiGroups: ["networking.istio.io"],
            resources: ["virtualservices", "destinationrules", "gateways"],
            verbs: MANAGE,
        },
        {
            apiGroups: ["gateway.networking.k8s.io"],
            resources: ["httproutes"],
            verbs: MANAGE,
        },
        {
            apiGroups: ["security.istio.io"],
            resources: ["authorizationpolicies", "peerauthentications", "requestauthentications"],
            verbs: MANAGE,
        },
        { apiGroups: ["apps"], resources: ["deployments"], verbs: MANAGE },
        {
            apiGroups: [""],
            resources: ["services", "serviceaccounts", "configmaps", "secrets"],
            verbs: MANAGE,
        },
        { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: MANAGE },
        { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: MANAGE },
        // StatefulSets, and Deployments in the rule above, may be somebody else's (`workloadRef`).
        { apiGroups: ["apps"], resources: ["replicasets", "statefulsets"], verbs: WATCH },
        {
            apiGroups: [""],
            resources: ["pods", "endpoints", "events", "persistentvolumeclaims"],
            verbs: WATCH,
        },
        // The driver writes Events on the rollout's objects, and does without if it may not.
        { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: WATCH },
        ...(readProxies ? [READ_PROXIES] : []),
        ...(runJobs ? RUN_JOBS : []),
    ];
}
