/** Config: autoscaling, disruption budget and topology spread of a slot. */
import { z } from "zod";
import { boolean, doc, integer, listOf, mapping, named, oneOf, text } from "../fields";

const AMOUNT = 'a number of pods, at least 1, or a percentage such as "25%"';

const METRIC = "metrics of a HorizontalPodAutoscaler, each with a type";

const autoscalingSchema = mapping({
    external: doc(
        boolean().optional(),
        "Leave the number of pods to an autoscaler of your own that scales the Deployment `<app>-<slot>`: a HorizontalPodAutoscaler or KEDA's ScaledObject. `replicas` is then only the initial number. Excludes the other keys.",
        "`false`",
    ),
    minReplicas: doc(integer(1, 1_000).optional(), "Minimum number of pods.", "`1`"),
    maxReplicas: doc(
        integer(1, 1_000).optional(),
        "Maximum number of pods. Required unless `external` is `true`.",
    ),
    cpu: doc(
        integer(1, 1_000).optional(),
        "Target utilization, as a percentage of the requested CPU.",
    ),
    memory: doc(
        integer(1, 1_000).optional(),
        "Target utilization, as a percentage of the requested memory.",
    ),
    metrics: doc(
        listOf(
            METRIC,
            z
                .record(z.string(), z.unknown(), { error: METRIC })
                .refine((metric) => typeof metric.type === "string", METRIC),
        ).optional(),
        "Further metrics, as in a HorizontalPodAutoscaler's `spec.metrics`: custom metrics (`Pods`, `Object`) and `External` ones.",
    ),
    behavior: doc(
        z
            .record(z.string(), z.unknown(), {
                error: "a HorizontalPodAutoscaler's spec.behavior, with scaleUp and scaleDown",
            })
            .optional(),
        "Scaling policies, as in a HorizontalPodAutoscaler's `spec.behavior`.",
        "the cluster's setting",
    ),
}).superRefine(({ external, ...own }, context) => {
    const { minReplicas = 1, maxReplicas, cpu, memory, metrics = [] } = own;
    const reject = (path: string[], message: string) =>
        context.addIssue({ code: "custom", path, message });
    if (external) {
        for (const [name, value] of Object.entries(own)) {
            if (value === undefined) continue;
            reject(
                [name],
                "no value, because autoscaling.external leaves it to another autoscaler",
            );
        }
        return;
    }
    if (maxReplicas === undefined) {
        reject(["maxReplicas"], "the maximum number of pods, or autoscaling.external: true");
    } else if (minReplicas > maxReplicas) reject(["maxReplicas"], "at least minReplicas");
    if (cpu === undefined && memory === undefined && metrics.length === 0) {
        reject([], "at least one of cpu, memory and metrics");
    }
});

const disruptionBudgetSchema = mapping({
    // No minAvailable, because with a single pod it would block every drain of the node.
    maxUnavailable: doc(
        z
            .union([z.int().min(1, AMOUNT), z.string().regex(/^([1-9]\d?|100)%$/, AMOUNT)], {
                error: AMOUNT,
            })
            .default(1),
        "Maximum number or percentage of pods that evictions may make unavailable at the same time.",
    ),
});

const topologySpreadSchema = mapping({
    topologyKey: doc(
        text('the key of a node label, such as "topology.kubernetes.io/zone"'),
        "Node label that defines the domains, such as zones.",
    ),
    maxSkew: doc(
        integer(1, 100).default(1),
        "Maximum difference in the number of pods between two domains.",
    ),
    whenUnsatisfiable: doc(
        oneOf(["ScheduleAnyway", "DoNotSchedule"]).default("ScheduleAnyway"),
        "What the scheduler does if it cannot satisfy the constraint.",
    ),
});

export const scalingShape = {
    autoscaling: doc(
        named("AutoscalingArgs", autoscalingSchema).optional(),
        "Who sets the number of pods after the Deployment is created: a HorizontalPodAutoscaler of the rollout with `cpu`, `memory` or `metrics`, or one of your own with `external`.",
    ),
    disruptionBudget: doc(
        named("DisruptionBudgetArgs", disruptionBudgetSchema).optional(),
        "Create a PodDisruptionBudget for the slot.",
        "none",
    ),
    topologySpread: doc(
        listOf(
            "mappings with the keys topologyKey, maxSkew and whenUnsatisfiable",
            named("TopologySpreadArgs", topologySpreadSchema),
        ).optional(),
        "Topology spread constraints, which distribute the slot's pods across nodes or zones.",
        "the cluster's setting",
    ),
};
