/** Config: volumes of a version's pods, in Kubernetes' schema. `podTemplate` can add other kinds. */
import {
    boolean,
    dnsLabel,
    doc,
    listOf,
    mapping,
    named,
    objectName,
    oneOf,
    quantity,
} from "../fields";

const KINDS = ["emptyDir", "configMap", "secret", "persistentVolumeClaim"] as const;

const volumeSchema = mapping({
    name: doc(dnsLabel(), "Name that `volumeMounts` refer to."),
    emptyDir: doc(
        named(
            "EmptyDirArgs",
            mapping({
                medium: doc(
                    oneOf(["Memory"]).optional(),
                    "`Memory` uses a tmpfs.",
                    "the node's disk",
                ),
                sizeLimit: doc(quantity().optional(), "Maximum size."),
            }),
        ).optional(),
        "Empty directory that exists as long as the pod. Set exactly one of `emptyDir`, `configMap`, `secret` and `persistentVolumeClaim`.",
        "none",
    ),
    configMap: doc(
        named(
            "ConfigMapVolumeArgs",
            mapping({
                name: doc(objectName(), "Name of the ConfigMap."),
                optional: doc(
                    boolean().optional(),
                    "Start the pod even if the ConfigMap does not exist.",
                    "`false`",
                ),
            }),
        ).optional(),
        "ConfigMap to mount: each key becomes a file.",
    ),
    secret: doc(
        named(
            "SecretVolumeArgs",
            mapping({
                secretName: doc(objectName(), "Name of the Secret."),
                optional: doc(
                    boolean().optional(),
                    "Start the pod even if the Secret does not exist.",
                    "`false`",
                ),
            }),
        ).optional(),
        "Secret to mount: each key becomes a file.",
    ),
    persistentVolumeClaim: doc(
        named(
            "ClaimVolumeArgs",
            mapping({
                claimName: doc(objectName(), "Name of the PersistentVolumeClaim."),
                readOnly: doc(boolean().optional(), "Mount the volume read-only.", "`false`"),
            }),
        ).optional(),
        "PersistentVolumeClaim to mount.",
    ),
}).refine(
    (volume) => KINDS.filter((kind) => volume[kind] !== undefined).length === 1,
    `exactly one of ${KINDS.join(", ")} (for other kinds, use podTemplate.spec.volumes)`,
);

export const volumesSchema = listOf("volumes", named("VolumeArgs", volumeSchema));
