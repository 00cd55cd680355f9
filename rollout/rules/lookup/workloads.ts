/** Objects that run pods, or stand for pods, and what is known about these pods. */

import { annotationOf } from "../../config/names";
import { at, isMapping, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { oncePerProgram } from "../ofKinds";
import type { Kind, Manifest } from "../rule";
import { namespaceOf } from "./resourceName";

const ROLLOUT: Kind = { group: "argoproj.io", kind: "Rollout" };
const CANARY: Kind = { group: "flagger.app", kind: "Canary" };
const POD: Kind = { group: "", kind: "Pod" };
const ENTRY: Kind = { group: "networking.istio.io", kind: "WorkloadEntry" };
const ENTRY_GROUP: Kind = { group: "networking.istio.io", kind: "WorkloadGroup" };

/** Controllers with a selector, a pod template and, except DaemonSets, a number of replicas. */
const CONTROLLERS: readonly Kind[] = [
    { group: "apps", kind: "Deployment" },
    { group: "apps", kind: "StatefulSet" },
    { group: "apps", kind: "DaemonSet" },
    { group: "apps", kind: "ReplicaSet" },
    ROLLOUT,
    { group: "apps.kruise.io", kind: "CloneSet" },
    { group: "apps.kruise.io", kind: "StatefulSet" },
    { group: "apps.kruise.io", kind: "DaemonSet" },
];

export const WORKLOAD_KINDS: readonly Kind[] = [...CONTROLLERS, POD, CANARY, ENTRY, ENTRY_GROUP];

/** Label of the pods that Istio creates for a Gateway of the Gateway API. */
export const GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name";

/**
 * Labels that a controller, Kubernetes or Istio adds to a running pod (pilot/pkg/serviceregistry/util/label:AugmentLabels,
 * pkg/kube/inject). No manifest has them.
 */
const ADDED_LABELS = [
    "pod-template-hash",
    "rollouts-pod-template-hash",
    "controller-revision-hash",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "kubernetes.io/hostname",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "security.istio.io/tlsMode",
    GATEWAY_LABEL,
];
const ADDED_PREFIXES = ["topology.istio.io/", "topology.kubernetes.io/"];

/** Whether only the cluster knows the value of a pod label that no template sets. */
export function isAddedLabel(key: string): boolean {
    return ADDED_LABELS.includes(key) || ADDED_PREFIXES.some((prefix) => key.startsWith(prefix));
}

function is({ apiVersion, kind }: Manifest, known: Kind): boolean {
    const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
    return kind === known.kind && group === known.group;
}

export function isWorkload(manifest: Manifest): boolean {
    return WORKLOAD_KINDS.some((known) => is(manifest, known));
}

/** Whether an object has a selector and a template for its pods. */
export function isController(manifest: Manifest): boolean {
    return CONTROLLERS.some((known) => is(manifest, known)) && workloadRef(manifest) === undefined;
}

/** The template of the pods: `metadata` and `spec`. Undefined if the object has none, such as a WorkloadEntry. */
export function podTemplateOf(workload: Manifest): unknown {
    if (is(workload, POD)) return { metadata: workload.metadata, spec: workload.spec };
    return isController(workload) ? at(workload, "spec", "template") : undefined;
}

/** Path of the pod template: "" for a Pod. */
export function podTemplatePath(workload: Manifest): string {
    return is(workload, POD) ? "" : "spec.template.";
}

/** The workloads of a program and their pod labels. */
export interface Workloads {
    /** In the order of the program, without those that have the pods of another workload. */
    readonly all: readonly Manifest[];
    /** UNKNOWN if the labels are unknown. */
    readonly labels: ReadonlyMap<Manifest, unknown>;
    /** Workloads whose pods and replicas another object controls: an Argo Rollout or a Flagger Canary. */
    readonly controlled: ReadonlySet<Manifest>;
    /** Argo Rollouts, by namespace. */
    readonly rollouts: ReadonlyMap<string, readonly Manifest[]>;
    readonly namespaces: ReadonlySet<string>;
}

export const workloadsIn = oncePerProgram(WORKLOAD_KINDS, findWorkloads);

function findWorkloads(found: readonly Manifest[]): Workloads {
    const byName = new Map(found.map((one) => [workloadKey(one), one]));
    const targetOf = (one: Manifest) => {
        const reference = targetReference(one);
        const kind = textAt(reference, "kind") ?? "Deployment";
        return byName.get(`${namespaceOf(one)} ${kind} ${textAt(reference, "name")}`);
    };
    const targets = found.flatMap((one) => targetOf(one) ?? []);
    const labels = new Map<Manifest, unknown>();
    for (const one of found) {
        // The Deployment that it names has the template.
        if (workloadRef(one) !== undefined && targetOf(one) !== undefined) continue;
        labels.set(one, podLabels(one, targetOf(one)));
    }
    const rollouts = new Map<string, Manifest[]>();
    for (const one of found.filter((each) => is(each, ROLLOUT))) {
        const list = rollouts.get(namespaceOf(one)) ?? [];
        list.push(one);
        rollouts.set(namespaceOf(one), list);
    }
    const all = [...labels.keys()];
    const namespaces = new Set(all.map(namespaceOf));
    return { all, labels, controlled: new Set(targets), rollouts, namespaces };
}

function workloadKey(workload: Manifest): string {
    return `${namespaceOf(workload)} ${workload.kind} ${textAt(workload, "metadata", "name")}`;
}

/** The Deployment whose pods an Argo Rollout runs, instead of a template of its own. */
function workloadRef(manifest: Manifest): unknown {
    return is(manifest, ROLLOUT) ? (at(manifest, "spec", "workloadRef") ?? undefined) : undefined;
}

function targetReference(manifest: Manifest): unknown {
    return is(manifest, CANARY) ? at(manifest, "spec", "targetRef") : workloadRef(manifest);
}

function podLabels(workload: Manifest, target: Manifest | undefined): unknown {
    if (is(workload, CANARY)) return primaryLabels(target);
    if (is(workload, ENTRY)) {
        return merged(at(workload, "metadata", "labels"), at(workload, "spec", "labels"));
    }
    if (is(workload, ENTRY_GROUP)) {
        const own = at(workload, "spec", "metadata", "labels");
        return merged(own, at(workload, "spec", "template", "labels"));
    }
    return at(podTemplateOf(workload), "metadata", "labels");
}

function merged(one: unknown, two: unknown): unknown {
    if (one === UNKNOWN || two === UNKNOWN) return UNKNOWN;
    return { ...(isMapping(one) && one), ...(isMapping(two) && two) };
}

/** Flagger copies the target as `<name>-primary` and gives its pods this label (pkg/canary/util.go:makePrimaryLabels). */
function primaryLabels(target: Manifest | undefined): unknown {
    const labels = target && at(podTemplateOf(target), "metadata", "labels");
    if (!isMapping(labels)) return labels;
    const key = ["app", "name", "app.kubernetes.io/name"].find((one) => labels[one] !== undefined);
    return key === undefined ? labels : { ...labels, [key]: `${textOf(labels[key])}-primary` };
}

/** Whether CanaryRollout only routes to a subset's pods, because somebody else manages them. */
export function isManagedElsewhere(virtualService: Manifest, subset: unknown): boolean {
    const slots = textOf(annotationOf(virtualService, "workloads") ?? "").split(",");
    return slots.includes(textOf(subset));
}

/** Subsets of a DestinationRule to which an Argo Rollout adds the hash of its current pods. */
export function isRolloutSubset(
    destinationRule: Manifest,
    subset: string,
    manifests: readonly Manifest[],
): boolean {
    const here = workloadsIn(manifests).rollouts.get(namespaceOf(destinationRule)) ?? [];
    return here.some((one) => {
        const istio = at(one, "spec", "strategy", "canary", "trafficRouting", "istio");
        const named = at(istio, "destinationRule");
        const names = ["canarySubsetName", "stableSubsetName"].map((key) => at(named, key));
        return (
            at(named, "name") === at(destinationRule, "metadata", "name") && names.includes(subset)
        );
    });
}
