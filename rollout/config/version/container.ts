/** Config: keys that the application's container and init containers share. */
import type { z } from "zod";
import {
    absolutePath,
    boolean,
    dnsLabel,
    doc,
    integer,
    leaf,
    listOf,
    mapping,
    named,
    objectName,
    oneOf,
    quantity,
    text,
    textList,
} from "../fields";
import { environmentSchema } from "./environment";

const amounts = named(
    "ResourceAmountsArgs",
    mapping({
        cpu: doc(quantity().optional(), "CPU, such as `100m`."),
        memory: doc(quantity().optional(), "Memory, such as `64Mi`."),
    }),
);

const resourcesSchema = mapping({
    requests: doc(amounts.prefault({}), "Amounts that the scheduler reserves."),
    limits: doc(amounts.prefault({}), "Maximum amounts that the container may use."),
});

const securityContextSchema = mapping({
    runAsUser: doc(integer(0, 2_147_483_647).optional(), "User ID.", "the image's"),
    runAsGroup: doc(integer(0, 2_147_483_647).optional(), "Group ID.", "the image's"),
    runAsNonRoot: doc(boolean().default(true), "Refuse to start the container as root."),
    readOnlyRootFilesystem: doc(
        boolean().optional(),
        "Mount the root file system read-only.",
        "`false`",
    ),
    allowPrivilegeEscalation: doc(
        boolean().default(false),
        "Allow a process to gain more privileges than its parent.",
    ),
    addCapabilities: doc(
        textList().default([]),
        "Linux capabilities to add. All others are dropped.",
    ),
});

const volumeMountSchema = mapping({
    name: doc(dnsLabel(), "Name of one of the version's `volumes`."),
    mountPath: doc(absolutePath(), "Path in the container."),
    subPath: doc(text().optional(), "Path in the volume.", "the volume's root"),
    readOnly: doc(boolean().optional(), "Mount the volume read-only.", "`false`"),
});

const reference = () =>
    named("ObjectReferenceArgs", mapping({ name: doc(objectName(), "Name of the object.") }));
const envFromSchema = mapping({
    configMapRef: doc(reference().optional(), "Reference to a ConfigMap."),
    secretRef: doc(reference().optional(), "Reference to a Secret."),
}).refine(
    (one) => (one.configMapRef === undefined) !== (one.secretRef === undefined),
    "exactly one of configMapRef and secretRef",
);

export const containerShape = {
    image: doc(leaf(text("a container image reference")), "Container image."),
    imagePullPolicy: doc(
        oneOf(["Always", "IfNotPresent", "Never"]).optional(),
        "When the kubelet pulls the image.",
        "`Always` for the tag `latest`, otherwise `IfNotPresent` (Kubernetes' default)",
    ),
    command: doc(textList().optional(), "Overrides the image's `ENTRYPOINT`.", "the image's"),
    args: doc(textList().optional(), "Overrides the image's `CMD`.", "the image's"),
    env: doc(
        environmentSchema.default({}),
        "Environment variables, in addition to those of `config`.",
    ),
    envFrom: doc(
        listOf("mappings", named("EnvFromArgs", envFromSchema)).optional(),
        "ConfigMaps and Secrets to load as environment variables, one per key.",
    ),
    volumeMounts: doc(
        listOf("mappings", named("VolumeMountArgs", volumeMountSchema)).optional(),
        "Volume mounts, in addition to the files of `config`.",
    ),
    resources: doc(
        named("ResourcesArgs", resourcesSchema).prefault({}),
        "CPU and memory of the container.",
    ),
    securityContext: doc(
        named("SecurityContextArgs", securityContextSchema).prefault({}),
        "Security settings. The defaults meet the restricted Pod Security Standard: non-root, no privilege escalation, no capabilities, the runtime's seccomp profile.",
    ),
};

export const initContainerSchema = named(
    "InitContainerArgs",
    mapping({ name: doc(dnsLabel(), "Name of the container."), ...containerShape }),
);

export type InitContainerConfig = z.output<typeof initContainerSchema>;
/** Keys that both kinds of container have. */
export type ContainerConfig = Omit<InitContainerConfig, "name">;
