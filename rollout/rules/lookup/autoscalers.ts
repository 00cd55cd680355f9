/** Autoscalers and their workloads. */

import { at, textAt } from "../../config/unknown";
import type { Kind, Manifest } from "../rule";
import { namespaceOf } from "./resourceName";
import { workloadsIn } from "./workloads";

export const AUTOSCALER_KINDS: readonly Kind[] = [
    { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
    { group: "keda.sh", kind: "ScaledObject" },
];

/** Each workload that an autoscaler scales, with its autoscaler. */
export function scaledIn(manifests: readonly Manifest[]): ReadonlyMap<Manifest, Manifest> {
    const autoscalers = new Map<string, Manifest>();
    for (const one of manifests) {
        if (!AUTOSCALER_KINDS.some(({ kind }) => kind === one.kind)) continue;
        const target = at(one, "spec", "scaleTargetRef");
        const kind = textAt(target, "kind") ?? "Deployment";
        autoscalers.set(`${namespaceOf(one)} ${kind} ${textAt(target, "name")}`, one);
    }
    if (autoscalers.size === 0) return new Map();
    return new Map(
        workloadsIn(manifests).all.flatMap((workload): [Manifest, Manifest][] => {
            const name = textAt(workload, "metadata", "name");
            const key = `${namespaceOf(workload)} ${workload.kind} ${name}`;
            const autoscaler = autoscalers.get(key);
            return autoscaler === undefined ? [] : [[workload, autoscaler]];
        }),
    );
}
