/** Parts of objects that Kustomize merges. */
import { at, items } from "../../config/unknown";
import type { Manifest } from "../rule";

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

/**
 * Whether an object is a part of a workload, as patches for Kustomize are: without the labels that connect it to its pods. A Job
 * has none; a part of it names no image.
 */
export function isPatch({ kind, spec }: Manifest): boolean {
    if (kind === "Job") return hasNoImage(at(spec, "template"));
    if (kind === "CronJob") return hasNoImage(at(spec, "jobTemplate", "spec", "template"));
    const labels = at(spec, "template", "metadata", "labels");
    return WORKLOADS.includes(kind) && at(spec, "selector") === undefined && labels === undefined;
}

function hasNoImage(template: unknown): boolean {
    const containers = items(at(template, "spec", "containers"));
    return containers.every(([, container]) => at(container, "image") === undefined);
}
