/** Rule: the API server accepts the object. */
import { checkKubernetesObject } from "../kubernetes";
import type { ResourceRule } from "../rule";

export const kubernetesValidation: ResourceRule = {
    scope: "resource",
    id: "kubernetes-validation",
    group: "shape",
    description: "The API server must accept every object of Kubernetes' own kinds.",
    severity: "mandatory",
    kinds: "all",
    options: {},
    check: checkKubernetesObject,
};
