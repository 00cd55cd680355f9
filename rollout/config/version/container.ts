/** Config: what the application's container and its init containers have in common. */
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
    requests: doc(amounts.prefault({}), "What the scheduler reserves."),
    limits: doc(amounts.prefault({}), "What the container may use at most."),
});

const securityContextSchema = mapping({
    runAsUser: doc(integer(0, 2_147_483_647).optional(), "User id.", "the image's"),
    runAsGroup: doc(integer(0, 2_147_483_647).optional(), "Group id.", "the image's"),
    runAsNonRoot: doc(boolean().default(true), "Refuse to start as root."),
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
        "Linux capabilities to add after all are dropped.",
    ),
});

const volumeMountSchema = mapping({
    name: doc(dnsLabel(), "Name of a volume of the version."),
    mountPath: doc(absolutePath(), "Path in the container."),
    subPath: doc(text().optional(), "Path in the volume.", "its root"),
    readOnly: doc(boolean().optional(), "Mount it read-only.", "`false`"),
});

const reference = () =>
    named("ObjectReferenceArgs", mapping({ name: doc(objectName(), "Name of the object.") }));
const envFromSchema = mapping({
    configMapRef: doc(reference().optional(), "A ConfigMap."),
    secretRef: doc(reference().optional(), "A Secret."),
}).refine(
    (one) => (one.configMapRef === undefined) !== (one.secretRef === undefined),
    "exactly one of configMapRef and secretRef",
);

export const containerShape = {
    image: doc(leaf(text("the reference of a container image")), "Container image."),
    imagePullPolicy: doc(
        oneOf(["Always", "IfNotPresent", "Never"]).optional(),
        "When the kubelet pulls the image.",
        "`IfNotPresent`, or `Always` for the tag `latest` (Kubernetes')",
    ),
    command: doc(textList().optional(), "Replaces the image's entrypoint.", "the image's"),
    args: doc(textList().optional(), "Arguments of the entrypoint.", "the image's"),
    env: doc(
        environmentSchema.default({}),
        "Environment variables by name, in addition to those of `config`.",
    ),
    envFrom: doc(
        listOf("mappings", named("EnvFromArgs", envFromSchema)).optional(),
        "Objects whose keys all become environment variables.",
    ),
    volumeMounts: doc(
        listOf("mappings", named("VolumeMountArgs", volumeMountSchema)).optional(),
        "Where the version's volumes are mounted, in addition to the files of `config`.",
    ),
    resources: doc(
        named("ResourcesArgs", resourcesSchema).prefault({}),
        "CPU and memory of the container.",
    ),
    securityContext: doc(
        named("SecurityContextArgs", securityContextSchema).prefault({}),
        "By default, as the restricted Pod Security Standard requires: not root, no privilege escalation, no capabilities, the runtime's seccomp profile.",
    ),
};

export const initContainerSchema = named(
    "InitContainerArgs",
    mapping({ name: doc(dnsLabel(), "Name of the container."), ...containerShape }),
);

export type InitContainerConfig = z.output<typeof initContainerSchema>;
/** What both kinds of container have. */
export type ContainerConfig = Omit<InitContainerConfig, "name">;
