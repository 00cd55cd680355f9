/** Names of objects and hosts, the way messages and lookups need them. */

import { textAt } from "../../config/unknown";
import type { Manifest } from "../rule";

/** Namespace of an object; Kubernetes' default where it names none. */
export function namespaceOf(manifest: Manifest): string {
    return textAt(manifest, "metadata", "namespace") ?? "default";
}

/** "VirtualService demo/web" */
export function resourceName(manifest: Manifest): string {
    const name = textAt(manifest, "metadata", "name") ?? "(name not known yet)";
    return `${manifest.kind} ${namespaceOf(manifest)}/${name}`;
}

/** A host's full name: Istio completes a short one with the namespace of the object that names it. */
export function fullHost(host: string, namespace: string): string {
    if (host.includes("*")) return host;
    const parts = host.split(".");
    if (parts.length === 1) return `${host}.${namespace}.svc.cluster.local`;
    return parts.length === 3 && parts[2] === "svc" ? `${host}.cluster.local` : host;
}
