/** The ServiceAccount and the Deployment of a version. */

import { ANNOTATIONS, SKIP_AWAIT } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan, Workload } from "../../plan/plan";
import { objectLabels, selectorLabels } from "../labels";
import { podTemplate } from "./pod";

/** Annotation that sets whether Kubernetes deletes the Deployment or its pods first. */
const DELETION = "pulumi.com/deletionPropagationPolicy";

export function serviceAccount(
    { serviceAccount: { annotations } }: RolloutConfig,
    { app, namespace }: Plan,
    { slot, name }: Workload,
) {
    return {
        apiVersion: "v1" as const,
        kind: "ServiceAccount" as const,
        metadata: { name, namespace, labels: objectLabels(app, slot), annotations },
    };
}

/** The Deployment of a slot. In mode istio, only annotations for the Pulumi engine depend on the weight. */
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
        // Do not wait for its deletion either: the name must be free for the next release while the old pods still drain.
        found[DELETION] = "background";
    }
    if (mode === "replicas" && slot === stable) found[ANNOTATIONS.share] = String(shares[slot]);
    return found;
}
