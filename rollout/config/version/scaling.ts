/** How many pods a slot has when Kubernetes decides it, where they run, and how many may be away at a time. */
import { z } from "zod";
import { integer, mapping, oneOf, text } from "../fields";

const SHARE_MUST = 'must be a number of pods from 1, or a percentage such as "25%"';

const utilization = () => integer(1, 1_000).optional();

export const autoscalingSchema = mapping({
    minReplicas: integer(1, 1_000).default(1),
    maxReplicas: integer(1, 1_000),
    cpu: utilization(),
    memory: utilization(),
})
    .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, {
        path: ["maxReplicas"],
        message: "must be at least minReplicas",
    })
    .refine(
        ({ cpu, memory }) => cpu !== undefined || memory !== undefined,
        "must have at least one of cpu and memory, a percentage of what the containers request",
    );

export const disruptionBudgetSchema = mapping({
    // No minAvailable: with a single pod it would block every drain of its node.
    maxUnavailable: z
        .union([z.int().min(1, SHARE_MUST), z.string().regex(/^([1-9]\d?|100)%$/, SHARE_MUST)], {
            error: SHARE_MUST,
        })
        .default(1),
});

export const topologySpreadSchema = z.array(
    mapping({
        topologyKey: text(
            'must be the name of a node label, such as "topology.kubernetes.io/zone"',
        ),
        maxSkew: integer(1, 100).default(1),
        whenUnsatisfiable: oneOf(["ScheduleAnyway", "DoNotSchedule"]).default("ScheduleAnyway"),
    }),
    { error: "must be a list of mappings with the keys topologyKey, maxSkew, whenUnsatisfiable" },
);

export type AutoscalingConfig = z.output<typeof autoscalingSchema>;
