/** Config: how many pods a slot has, where they run, and how many may be unavailable. */
import { z } from "zod";
import { doc, integer, listOf, mapping, named, oneOf, text } from "../fields";

const AMOUNT = 'a number of pods from 1, or a percentage such as "25%"';

const autoscalingSchema = mapping({
    minReplicas: doc(integer(1, 1_000).default(1), "Smallest number of pods."),
    maxReplicas: doc(integer(1, 1_000), "Largest number of pods."),
    cpu: doc(integer(1, 1_000).optional(), "Target percentage of the requested CPU."),
    memory: doc(integer(1, 1_000).optional(), "Target percentage of the requested memory."),
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
    // No minAvailable: with a single pod it would block every drain of its node.
    maxUnavailable: doc(
        z
            .union([z.int().min(1, AMOUNT), z.string().regex(/^([1-9]\d?|100)%$/, AMOUNT)], {
                error: AMOUNT,
            })
            .default(1),
        "Pods that an eviction may take at a time.",
    ),
});

const topologySpreadSchema = mapping({
    topologyKey: doc(
        text('the key of a node label, such as "topology.kubernetes.io/zone"'),
        "Node label whose values the pods are spread over.",
    ),
    maxSkew: doc(integer(1, 100).default(1), "Largest difference in the number of pods."),
    whenUnsatisfiable: doc(
        oneOf(["ScheduleAnyway", "DoNotSchedule"]).default("ScheduleAnyway"),
        "What the scheduler does if it cannot keep to it.",
    ),
});

export const scalingShape = {
    autoscaling: doc(
        named("AutoscalingArgs", autoscalingSchema).optional(),
        "Create a HorizontalPodAutoscaler, which then sets the number of pods.",
    ),
    disruptionBudget: doc(
        named("DisruptionBudgetArgs", disruptionBudgetSchema).optional(),
        "Create a PodDisruptionBudget for the slot.",
    ),
    topologySpread: doc(
        listOf(
            "mappings with the keys topologyKey, maxSkew and whenUnsatisfiable",
            named("TopologySpreadArgs", topologySpreadSchema),
        ).optional(),
        "How the slot's pods are spread over nodes, zones, ….",
        "the cluster's setting",
    ),
};

export type AutoscalingConfig = z.output<typeof autoscalingSchema>;
