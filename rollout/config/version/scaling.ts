/** Config: autoscaling, disruption budget and topology spread of a slot. */
import { z } from "zod";
import { doc, integer, listOf, mapping, named, oneOf, text } from "../fields";

const AMOUNT = 'a number of pods, at least 1, or a percentage such as "25%"';

const autoscalingSchema = mapping({
    minReplicas: doc(integer(1, 1_000).default(1), "Minimum number of pods."),
    maxReplicas: doc(integer(1, 1_000), "Maximum number of pods."),
    cpu: doc(
        integer(1, 1_000).optional(),
        "Target utilization, as a percentage of the requested CPU.",
    ),
    memory: doc(
        integer(1, 1_000).optional(),
        "Target utilization, as a percentage of the requested memory.",
    ),
})
    .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, {
        path: ["maxReplicas"],
        message: "at least minReplicas",
    })
    .refine(
        ({ cpu, memory }) => cpu !== undefined || memory !== undefined,
        "at least one of cpu and memory",
    );

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
        "Create a HorizontalPodAutoscaler, which then sets the number of pods. Set `cpu`, `memory` or both.",
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
