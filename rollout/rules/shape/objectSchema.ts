/** Rule: an object matches the schema of its kind. */
import { resourceName } from "../lookup/resourceName";
import type { ResourceRule } from "../rule";
import { checkObject } from "../schema/checkObject";

export const objectSchema: ResourceRule = {
    scope: "resource",
    id: "object-schema",
    group: "shape",
    description:
        "Objects of Istio, the Gateway API and Kubernetes must match the schema of their kind.",
    severity: "mandatory",
    kinds: "all",
    options: {},
    check(manifest) {
        const resource = resourceName(manifest);
        return checkObject(manifest).map((problem) => ({ resource, ...problem }));
    },
};
