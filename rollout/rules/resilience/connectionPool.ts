/** Rule: callers cannot pile up requests without end. */
import { HOST_KINDS, missingPolicy } from "../lookup/hostPolicies";
import type { ProgramRule } from "../rule";

const ALLOWED =
    "connectionPool, such as {tcp: {maxConnections: 100}, http: {http1MaxPendingRequests: 50}}";
const FIX =
    "Add it: Istio's default is no limit, so that callers of a slow version wait in a growing queue.";

export const connectionPool: ProgramRule = {
    scope: "program",
    id: "connection-pool",
    group: "resilience",
    description: "Every host that a VirtualService routes to has connection limits.",
    severity: "mandatory",
    kinds: HOST_KINDS,
    options: {},
    check: (manifests) => missingPolicy(manifests, "connectionPool", ALLOWED, FIX),
};
