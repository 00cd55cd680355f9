/** Names of objects and hosts for messages and lookups. */

import { textAt, textOf } from "../../config/unknown";
import type { Manifest } from "../rule";

/** Namespace of an object. Default: `default`, as in Kubernetes. */
export function namespaceOf(manifest: Manifest): string {
    return textAt(manifest, "metadata", "namespace") ?? "default";
}

/** "VirtualService demo/web" */
export function resourceName(manifest: Manifest): string {
    const name = textAt(manifest, "metadata", "name") ?? "(unknown name)";
    return `${textOf(manifest.kind ?? "(no kind)")} ${namespaceOf(manifest)}/${name}`;
}

/**
 * Fully qualified host name. Istio completes a name without dots with the namespace of the object that names it, and no
 * other name (pilot/pkg/model/config.go:ResolveShortnameToFQDN). A mesh has one cluster domain, so each domain counts as
 * `cluster.local`, except `clusterset.local` of Services in several clusters.
 */
export function fullHost(host: string, namespace: string): string {
    if (host.includes("*")) return host;
    if (!host.includes(".")) return `${host}.${namespace}.svc.cluster.local`;
    return host.replace(/^([^.]+\.[^.]+\.svc)\.(?!clusterset\.local$).+$/, "$1.cluster.local");
}
