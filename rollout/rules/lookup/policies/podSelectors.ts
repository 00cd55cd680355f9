/** Istio's objects that select pods of their namespace, or of all namespaces if they are in the root namespace. */

import { at, isMapping } from "../../../config/unknown";
import { isOf, type Kind, type Manifest } from "../../rule";
import { namespaceOf } from "../resourceName";
import { type Selected, workloadsWith } from "../subsets";
import { workloadsIn } from "../workloads";
import { ROOT_NAMESPACE } from "./destinationRules";

const security = (kind: string): Kind => ({ group: "security.istio.io", kind });
export const SIDECAR: Kind = { group: "networking.istio.io", kind: "Sidecar" };
export const TELEMETRY: Kind = { group: "telemetry.istio.io", kind: "Telemetry" };

/** With `spec.selector.matchLabels`. */
const BY_SELECTOR: readonly Kind[] = [
    security("AuthorizationPolicy"),
    security("PeerAuthentication"),
    security("RequestAuthentication"),
    TELEMETRY,
    { group: "extensions.istio.io", kind: "WasmPlugin" },
];
/** With `spec.workloadSelector.labels`. */
const BY_WORKLOAD_SELECTOR: readonly Kind[] = [
    SIDECAR,
    { group: "networking.istio.io", kind: "EnvoyFilter" },
];

export const SELECTING_KINDS: readonly Kind[] = [...BY_SELECTOR, ...BY_WORKLOAD_SELECTOR];

export interface PodSelector {
    /** "spec.selector.matchLabels" */
    readonly path: string;
    /** Undefined if the object applies to all pods. UNKNOWN if not known. */
    readonly labels: unknown;
}

export function podSelectorOf(manifest: Manifest): PodSelector {
    return isOf(BY_WORKLOAD_SELECTOR, manifest)
        ? {
              path: "spec.workloadSelector.labels",
              labels: at(manifest, "spec", "workloadSelector", "labels"),
          }
        : {
              path: "spec.selector.matchLabels",
              labels: at(manifest, "spec", "selector", "matchLabels"),
          };
}

/** The pods that a selector selects, by namespace: none without labels, or if another program owns all pods there. */
export function selectedBy(manifest: Manifest, manifests: readonly Manifest[]): Selected[] {
    const { labels } = podSelectorOf(manifest);
    if (!isMapping(labels) || Object.keys(labels).length === 0) return [];
    const own = namespaceOf(manifest);
    return [...workloadsIn(manifests).namespaces]
        .filter((one) => own === ROOT_NAMESPACE || one === own)
        .map((one) => workloadsWith(labels, one, manifests));
}
