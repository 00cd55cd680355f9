/** What the driver may do in the app's namespace: what `pulumi up` of a rollout needs there, and its own Lease. */
import type * as types from "@pulumi/kubernetes/types/input";
import { leaseName } from "../../rollout/config/names";

type Rule = types.rbac.v1.PolicyRule;

/** Pulumi reads, applies and deletes what the program has; it watches until that has happened. */
const MANAGE = ["get", "list", "watch", "create", "patch", "delete"];
/** What it looks at while it waits for pods. */
const WATCH = ["get", "list", "watch"];

/** No rights outside the namespace, on no RBAC object, and on no pod but to read it. */
export function driverRules(app: string): Rule[] {
    const lease = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
    return [
        // Kubernetes knows no name yet when an object is created.
        { ...lease, verbs: ["create"] },
        { ...lease, resourceNames: [leaseName(app)], verbs: ["get", "patch"] },
        {
            apiGroups: ["networking.istio.io"],
            resources: ["virtualservices", "destinationrules", "gateways"],
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
        { apiGroups: ["apps"], resources: ["replicasets"], verbs: WATCH },
        {
            apiGroups: [""],
            resources: ["pods", "endpoints", "events", "persistentvolumeclaims"],
            verbs: WATCH,
        },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: WATCH },
    ];
}
