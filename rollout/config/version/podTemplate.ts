/** Config: a patch for the pod template in Kubernetes' schema, for fields that have no config key. */
import { z } from "zod";
import { anyText, doc, leaf, mapping, named, texts } from "../fields";

/** Fields that a patch must not set, with the reason. */
const RESERVED = [
    [["metadata", "labels", "app"], "because app sets it"],
    [["metadata", "labels", "version"], "because it is the slot's name"],
    [["metadata", "labels", "sidecar.istio.io/inject"], "because the weight needs the sidecar"],
    [["metadata", "annotations", "proxy.istio.io/config"], "because drain sets it"],
    [["spec", "serviceAccountName"], "because each version has its own ServiceAccount"],
    [["spec", "terminationGracePeriodSeconds"], "because drain sets it"],
] as const;

const metadataSchema = mapping({
    labels: doc(texts().optional(), "Labels to add to the pods."),
    annotations: doc(
        z
            .record(z.string(), leaf(anyText()), { error: "a mapping from names to strings" })
            .optional(),
        "Annotations to add to the pods.",
    ),
});

export const podTemplateSchema = named(
    "PodTemplateArgs",
    mapping({
        metadata: doc(
            named("PodMetadataArgs", metadataSchema).optional(),
            "Labels and annotations of the pods.",
            "none",
        ),
        spec: doc(
            z
                .record(z.string(), z.unknown(), { error: "a mapping with fields of a pod spec" })
                .optional(),
            "Any field of a Kubernetes pod spec: `nodeSelector`, `tolerations`, `affinity`, `containers`, …",
        ),
    }).superRefine((template, context) => {
        for (const [path, why] of RESERVED) {
            const found = path.reduce<unknown>(
                (value, field) => (value as Record<string, unknown> | undefined)?.[field],
                template,
            );
            if (found === undefined) continue;
            context.addIssue({ code: "custom", path: [...path], message: `no value, ${why}` });
        }
    }),
);
