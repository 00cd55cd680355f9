// Namespaces of objects that name none, because kubectl, Helm, Kustomize or Argo CD sets it.
import { isMapping, textAt } from "../../../../rollout/config/unknown";
import type { Manifest } from "../../../../rollout/rules";
import type { Located } from "./manifestFile";

/** Kinds that have no namespace. Rules read no others of these. */
const CLUSTER_KINDS = new Set([
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
]);

/**
 * Sets the namespace of each object without one.
 * @param given that of `--namespace`. Default: the namespace that the hosts name, or else `default`.
 */
export function inNamespace(objects: readonly Located[], given: string | undefined): Located[] {
    const open = objects.filter(({ manifest }) => isOpen(manifest));
    const namespace = given ?? namedByHosts(open.map(({ manifest }) => manifest));
    if (namespace === undefined) return [...objects];
    return objects.map((object) =>
        isOpen(object.manifest)
            ? { ...object, manifest: withNamespace(object.manifest, namespace) }
            : object,
    );
}

function isOpen(manifest: Manifest): boolean {
    const isCluster = CLUSTER_KINDS.has(manifest.kind);
    return !isCluster && textAt(manifest, "metadata", "namespace") === undefined;
}

function withNamespace(manifest: Manifest, namespace: string): Manifest {
    const metadata = isMapping(manifest.metadata) ? manifest.metadata : {};
    return { ...manifest, metadata: { ...metadata, namespace } };
}

/** If Service `web` has no namespace and the hosts call it `web.shop.svc…`, it belongs to `shop`. */
function namedByHosts(manifests: readonly Manifest[]): string | undefined {
    const services = new Set(
        manifests
            .filter(({ kind }) => kind === "Service")
            .map((service) => textAt(service, "metadata", "name")),
    );
    if (services.size === 0) return undefined;
    const found = new Set<string>();
    for (const { spec } of manifests) {
        for (const text of textsIn(spec)) {
            const [, service, namespace] =
                /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/.exec(text) ?? [];
            if (namespace !== undefined && services.has(service)) found.add(namespace);
        }
    }
    const [namespace] = found;
    return found.size === 1 ? namespace : undefined;
}

function textsIn(value: unknown): string[] {
    if (typeof value === "string") return [value];
    if (typeof value !== "object" || value === null) return [];
    return Object.values(value).flatMap(textsIn);
}
