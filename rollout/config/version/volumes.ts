/** Config: volumes of a version's pods, in Kubernetes' own shape; other kinds go into `podTemplate`. */
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
    name: doc(dnsLabel(), "Name that volumeMounts refer to."),
    emptyDir: doc(
        named(
            "EmptyDirArgs",
            mapping({
                medium: doc(
                    oneOf(["Memory"]).optional(),
                    "`Memory` for a tmpfs.",
                    "the node's disk",
                ),
                sizeLimit: doc(quantity().optional(), "Largest size."),
            }),
        ).optional(),
        "An empty folder that lives as long as the pod.",
    ),
    configMap: doc(
        named(
            "ConfigMapVolumeArgs",
            mapping({
                name: doc(objectName(), "Name of the ConfigMap."),
                optional: doc(
                    boolean().optional(),
                    "Start without it if it does not exist.",
                    "`false`",
                ),
            }),
        ).optional(),
        "The keys of a ConfigMap as files.",
    ),
    secret: doc(
        named(
            "SecretVolumeArgs",
            mapping({
                secretName: doc(objectName(), "Name of the Secret."),
                optional: doc(
                    boolean().optional(),
                    "Start without it if it does not exist.",
                    "`false`",
                ),
            }),
        ).optional(),
        "The keys of a Secret as files.",
    ),
    persistentVolumeClaim: doc(
        named(
            "ClaimVolumeArgs",
            mapping({
                claimName: doc(objectName(), "Name of the PersistentVolumeClaim."),
                readOnly: doc(boolean().optional(), "Mount it read-only.", "`false`"),
            }),
        ).optional(),
        "A PersistentVolumeClaim.",
    ),
}).refine(
    (volume) => KINDS.filter((kind) => volume[kind] !== undefined).length === 1,
    `exactly one of ${KINDS.join(", ")} (other kinds go into podTemplate.spec.volumes)`,
);

export const volumesSchema = listOf("volumes", named("VolumeArgs", volumeSchema));
