/**
 * Whether pods get a proxy: the webhooks of istiod (manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml)
 * and pkg/kube/inject/inject.go:injectRequired.
 */

import { at, items, UNKNOWN } from "../../../config/unknown";
import type { Manifest } from "../../rule";
import { namespaceNamed } from "../mesh/objectIndex";
import { namespaceOf } from "../resourceName";
import { podTemplateOf } from "../workloads";

/** Label of pods. Overrides that of the namespace. */
export const INJECT = "sidecar.istio.io/inject";
const REVISION = "istio.io/rev";
export const MODE = "istio.io/dataplane-mode";
/** Labels by which the pods of a namespace join the mesh. */
export const MESH_LABELS = ["istio-injection", REVISION, MODE];

/** The field that keeps a proxy out of pods. */
export interface Missing {
    readonly reason: "host network" | "pod" | "namespace";
    readonly manifest: Manifest;
    readonly path: string;
    readonly found: unknown;
}

/** "proxy", "none", or "unknown" if the Namespace is not in the program or a value is not known. */
export function injectionOf(
    workload: Manifest,
    manifests: readonly Manifest[],
): "proxy" | "none" | "unknown" {
    const missing = missingProxy(workload, manifests);
    if (missing === "unknown") return "unknown";
    return missing === undefined ? "proxy" : missing.found === UNKNOWN ? "unknown" : "none";
}

/** Why pods get no proxy. Undefined if they get one. "unknown" if another program owns the Namespace. */
export function missingProxy(
    workload: Manifest,
    manifests: readonly Manifest[],
): Missing | "unknown" | undefined {
    const template = podTemplateOf(workload);
    // A virtual machine has a proxy of its own.
    if (template === undefined || hasProxy(template)) return undefined;
    const prefix = workload.kind === "Pod" ? "" : "spec.template.";
    const pod = (reason: Missing["reason"], path: string, found: unknown): Missing => ({
        reason,
        manifest: workload,
        path: `${prefix}${path}`,
        found,
    });
    const label = (name: string) => at(template, "metadata", "labels", name);
    const namespace = namespaceNamed(namespaceOf(workload), manifests);
    const nsLabel = (name: string) => at(namespace, "metadata", "labels", name);
    const modes = [label(MODE), nsLabel(MODE)];
    if (modes[0] === "ambient" || (modes[1] === "ambient" && modes[0] !== "none")) return undefined;
    if (at(template, "spec", "hostNetwork") === true) {
        return pod("host network", "spec.hostNetwork", true);
    }
    // The label overrides the annotation of the same name. Only the label calls the webhook.
    const annotation = at(template, "metadata", "annotations", INJECT);
    const field = label(INJECT) !== undefined ? "labels" : "annotations";
    const value = label(INJECT) ?? annotation;
    if (value === UNKNOWN || value === "false") {
        return pod("pod", `metadata.${field}["${INJECT}"]`, value);
    }
    if (namespace === undefined) return label(INJECT) === "true" ? undefined : "unknown";
    const injection = nsLabel("istio-injection");
    if (injection === "enabled") return undefined;
    const revision = nsLabel(REVISION);
    const isChosen = label(INJECT) === "true" || label(REVISION) !== undefined;
    if (injection === undefined && (typeof revision === "string" || isChosen)) return undefined;
    const found = injection === UNKNOWN || revision === UNKNOWN ? UNKNOWN : injection;
    const path = 'metadata.labels["istio-injection"]';
    return { reason: "namespace", manifest: namespace, path, found };
}

/** A gateway, or a pod that `istioctl kube-inject` has changed. The image `auto` stands for that of the injection. */
function hasProxy(template: unknown): boolean {
    return ["containers", "initContainers"].some((list) =>
        items(at(template, "spec", list)).some(
            ([, one]) => at(one, "name") === "istio-proxy" && at(one, "image") !== "auto",
        ),
    );
}
