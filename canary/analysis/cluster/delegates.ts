/** Delegation between VirtualServices of the cluster. */
import { at, items, textAt } from "../../../rollout/config/unknown";
import { namespaceOf } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";

/** Indices of the routes in which one VirtualService delegates to another. */
export function delegatesTo(root: Manifest, delegate: Manifest): number[] {
    return items(at(root, "spec", "http")).flatMap(([index, route]) => {
        const namespace = textAt(route, "delegate", "namespace") ?? namespaceOf(root);
        const isNamed = at(route, "delegate", "name") === at(delegate, "metadata", "name");
        return isNamed && namespace === namespaceOf(delegate) ? [index] : [];
    });
}
