/** Rule: Istio's webhook accepts the object. */
import { checkIstioObject, ISTIO_KINDS } from "../istio";
import type { ResourceRule } from "../rule";

export const istioValidation: ResourceRule = {
    scope: "resource",
    id: "istio-validation",
    group: "shape",
    description: "Istio's validating webhook must accept every Istio object.",
    severity: "mandatory",
    kinds: ISTIO_KINDS,
    options: {},
    check: checkIstioObject,
};
