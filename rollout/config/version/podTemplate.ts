/** Config: everything else that a pod may have, as a patch over the pod template in Kubernetes' own shape. */
import { z } from "zod";
import { anyText, doc, leaf, mapping, named, texts } from "../fields";

/** What a rollout rests on, and what sets it instead. */
const RESERVED = [
    [["metadata", "labels", "app"], "because app sets it"],
    [["metadata", "labels", "version"], "because it is the slot's name"],
    [["metadata", "labels", "sidecar.istio.io/inject"], "because the weight needs a sidecar"],
    [["metadata", "annotations", "proxy.istio.io/config"], "because drain sets it"],
    [["spec", "serviceAccountName"], "because each version has its own ServiceAccount"],
    [["spec", "terminationGracePeriodSeconds"], "because drain sets it"],
] as const;

const metadataSchema = mapping({
    labels: doc(texts().optional(), "Labels of the pods."),
    annotations: doc(
        z
            .record(z.string(), leaf(anyText()), { error: "a mapping from names to strings" })
            .optional(),
        "Annotations of the pods.",
    ),
});

export const podTemplateSchema = named(
    "PodTemplateArgs",
    mapping({
        metadata: doc(
            named("PodMetadataArgs", metadataSchema).optional(),
            "Labels and annotations of the pods.",
        ),
        spec: doc(
            z.record(z.string(), z.unknown(), { error: "a mapping, as a pod's spec" }).optional(),
            "In Kubernetes' own shape: nodeSelector, tolerations, affinity, containers, …",
        ),
    }).superRefine((template, context) => {
        for (const [path, why] of RESERVED) {
            const found = path.reduce<unknown>(
                (value, field) => (value as Record<string, unknown> | undefined)?.[field],
                template,
            );
            if (found === undefined) continue;
            context.addIssue({ code: "custom", path: [...path], message: `nothing, ${why}` });
        }
    }),
);
