/** Rule: a pod that keeps failing is left out. */
import { HOST_KINDS, missingPolicy } from "../lookup/hostPolicies";
import type { ProgramRule } from "../rule";

const ALLOWED =
    "outlierDetection, such as {consecutive5xxErrors: 5, interval: 30s, baseEjectionTime: 30s}";
const FIX = "Add it: without it a pod that fails every request keeps getting its share of them.";

export const outlierDetection: ProgramRule = {
    scope: "program",
    id: "outlier-detection",
    group: "resilience",
    description: "Every host that a VirtualService routes to has outlier detection.",
    severity: "mandatory",
    kinds: HOST_KINDS,
    options: {},
    check: (manifests) => missingPolicy(manifests, "outlierDetection", ALLOWED, FIX),
};
