/** Names of objects and hosts for messages and lookups. */

import { textAt } from "../../config/unknown";
import type { Manifest } from "../rule";

/** Namespace of an object. Default: `default`, as in Kubernetes. */
export function namespaceOf(manifest: Manifest): string {
    return textAt(manifest, "metadata", "namespace") ?? "default";
}

/** "VirtualService demo/web" */
export function resourceName(manifest: Manifest): string {
    const name = textAt(manifest, "metadata", "name") ?? "(unknown name)";
    return `${manifest.kind} ${namespaceOf(manifest)}/${name}`;
}

/** Fully qualified host name. Istio completes a short name with the namespace of the object that names it. */
export function fullHost(host: string, namespace: string): string {
    if (host.includes("*")) return host;
    const parts = host.split(".");
    if (parts.length === 1) return `${host}.${namespace}.svc.cluster.local`;
    return parts.length === 3 && parts[2] === "svc" ? `${host}.cluster.local` : host;
}
