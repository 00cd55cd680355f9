/** Whatever else a pod may have: a patch over the pod template, in Kubernetes' own shape. */
import { z } from "zod";
import { mapping } from "../fields";

const texts = z.record(z.string(), z.string({ error: "must be a text; quote it" }), {
    error: "must be a mapping from names to texts",
});

/** What a rollout rests on, and where to set it instead. */
const OWN = [
    [["metadata", "labels", "app"], "it is the rollout's own: app sets it"],
    [["metadata", "labels", "version"], "it is the rollout's own: the slot's name"],
    [
        ["metadata", "labels", "sidecar.istio.io/inject"],
        "it is the rollout's own: without a sidecar a slot has no weight",
    ],
    [
        ["metadata", "annotations", "proxy.istio.io/config"],
        "it is the rollout's own: drain sets it",
    ],
    [["spec", "serviceAccountName"], "it is the rollout's own: each version has its own identity"],
    [["spec", "terminationGracePeriodSeconds"], "it is the rollout's own: drain sets it"],
] as const;

export const podTemplateSchema = mapping({
    metadata: mapping({ labels: texts.optional(), annotations: texts.optional() }).optional(),
    spec: z
        .record(z.string(), z.unknown(), { error: "must be a mapping, a part of a pod's spec" })
        .optional(),
}).superRefine((template, context) => {
    for (const [path, why] of OWN) {
        const found = path.reduce<unknown>(
            (value, key) => (value as Record<string, unknown> | undefined)?.[key],
            template,
        );
        if (found !== undefined) {
            context.addIssue({
                code: "custom",
                path: [...path],
                message: `must not be set here; ${why}`,
            });
        }
    }
});

export type PodTemplateConfig = z.output<typeof podTemplateSchema>;
