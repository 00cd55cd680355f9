/** The HorizontalPodAutoscaler and the PodDisruptionBudget of a slot. */
import type { Plan, Workload } from "../../plan/plan";
import { objectLabels, selectorLabels } from "../labels";

export function autoscaler({ app, namespace }: Plan, { slot, name, version }: Workload) {
    if (version.autoscaling === undefined || version.autoscaling.external) return undefined;
    const { minReplicas = 1, maxReplicas, cpu, memory, behavior } = version.autoscaling;
    // The rule object-schema checks their fields.
    const further = (version.autoscaling.metrics ?? []) as { readonly type: string }[];
    const resources = Object.entries({ cpu, memory }).flatMap(([resource, averageUtilization]) =>
        averageUtilization === undefined
            ? []
            : [
                  {
                      type: "Resource",
                      resource: {
                          name: resource,
                          target: { type: "Utilization", averageUtilization },
                      },
                  },
              ],
    );
    return {
        apiVersion: "autoscaling/v2" as const,
        kind: "HorizontalPodAutoscaler" as const,
        metadata: { name, namespace, labels: objectLabels(app, slot) },
        spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
            minReplicas,
            // The schema requires it unless `external` is set.
            maxReplicas: maxReplicas ?? minReplicas,
            metrics: [...resources, ...further],
            ...(behavior && { behavior: behavior as object }),
        },
    };
}

export function disruptionBudget({ app, namespace }: Plan, { slot, name, version }: Workload) {
    if (version.disruptionBudget === undefined) return undefined;
    return {
        apiVersion: "policy/v1" as const,
        kind: "PodDisruptionBudget" as const,
        metadata: { name, namespace, labels: objectLabels(app, slot) },
        spec: {
            selector: { matchLabels: selectorLabels(app, slot) },
            ...version.disruptionBudget,
            // A pod that is not ready serves no requests, so it must not block a node drain.
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
    };
}
