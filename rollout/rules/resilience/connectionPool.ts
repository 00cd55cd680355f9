/** Rule: every routed host has connection limits. */
import { HOST_KINDS, missingPolicy } from "../lookup/hostPolicies";
import type { ProgramRule } from "../rule";

const ALLOWED =
    "connectionPool, such as {tcp: {maxConnections: 100}, http: {http1MaxPendingRequests: 50}}";
const FIX =
    "Add it: Istio sets no limit by default, so requests to a slow version queue without bound.";

export const connectionPool: ProgramRule = {
    scope: "program",
    id: "connection-pool",
    group: "resilience",
    description: "Every host that a VirtualService routes to must have connection limits.",
    severity: "mandatory",
    kinds: HOST_KINDS,
    options: {},
    check: (manifests) => missingPolicy(manifests, "connectionPool", ALLOWED, FIX),
};
