/** A version's ServiceAccount and Deployment. */

import { ANNOTATIONS, SKIP_AWAIT } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan, Workload } from "../../plan/plan";
import { objectLabels, selectorLabels } from "../labels";
import { podTemplate } from "./pod";

/** Annotation that decides what of a Deployment goes first when it is deleted: itself, or its pods. */
const DELETION = "pulumi.com/deletionPropagationPolicy";

export function serviceAccount({ app, namespace }: Plan, { slot, name }: Workload) {
    return {
        apiVersion: "v1" as const,
        kind: "ServiceAccount" as const,
        metadata: { name, namespace, labels: objectLabels(app, slot) },
    };
}

/** The Deployment of one slot. In mode istio only annotations for the engine depend on the weight. */
export function deployment(config: RolloutConfig, plan: Plan, workload: Workload) {
    const { app, namespace } = plan;
    const { slot, name, replicas } = workload;
    return {
        apiVersion: "apps/v1" as const,
        kind: "Deployment" as const,
        metadata: {
            name,
            namespace,
            labels: objectLabels(app, slot),
            annotations: annotations(plan, workload),
        },
        spec: {
            replicas,
            selector: { matchLabels: selectorLabels(app, slot) },
            strategy: {
                type: "RollingUpdate",
                rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" },
            },
            template: podTemplate(config, plan, workload),
        },
    };
}

function annotations({ mode, stable, shares }: Plan, { slot, skipAwait }: Workload) {
    const found: Record<string, string> = {};
    if (skipAwait) {
        found[SKIP_AWAIT] = "true";
        // Nor is its end awaited: the next release must not find the name taken while the last one's pods serve out their drain.
        found[DELETION] = "background";
    }
    if (mode === "replicas" && slot === stable) found[ANNOTATIONS.share] = String(shares[slot]);
    return found;
}
