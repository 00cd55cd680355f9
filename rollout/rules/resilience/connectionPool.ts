/** Rule: every routed host has connection limits. */
import { at, UNKNOWN } from "../../config/unknown";
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
    preset: "recommended",
    kinds: HOST_KINDS,
    options: {},
    check: (manifests) =>
        missingPolicy(manifests, {
            field: "connectionPool",
            isSet: hasLimit,
            expected: ALLOWED,
            fix: FIX,
        }),
};

/** Fields that limit connections or requests. Others, such as connectTimeout, do not. */
const LIMITS = [
    ["tcp", "maxConnections"],
    ["http", "http1MaxPendingRequests"],
    ["http", "http2MaxRequests"],
    ["http", "maxConcurrentStreams"],
];

function hasLimit(pool: unknown): boolean {
    if (pool === UNKNOWN) return false;
    return LIMITS.some((path) => {
        const value = at(pool, ...path);
        return value === UNKNOWN || (typeof value === "number" && value > 0);
    });
}
