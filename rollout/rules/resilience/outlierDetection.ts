/** Rule: every routed host has outlier detection. */
import { HOST_KINDS, isNonEmpty, missingPolicy } from "../lookup/hostPolicies";
import type { ProgramRule } from "../rule";

const ALLOWED =
    "outlierDetection, such as {consecutive5xxErrors: 5, interval: 30s, baseEjectionTime: 30s}";
const FIX = "Add it: without it, Envoy keeps sending requests to a pod that fails all of them.";

export const outlierDetection: ProgramRule = {
    scope: "program",
    id: "outlier-detection",
    group: "resilience",
    description: "Every host that a VirtualService routes to must have outlier detection.",
    severity: "mandatory",
    preset: "recommended",
    kinds: HOST_KINDS,
    options: {},
    check: (manifests) =>
        missingPolicy(manifests, {
            field: "outlierDetection",
            isSet: isNonEmpty,
            expected: ALLOWED,
            fix: FIX,
        }),
};
