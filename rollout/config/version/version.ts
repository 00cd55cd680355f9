/** Config: the versions in the slots. */
import type { z } from "zod";
import type { Leaf } from "../deferred";
import { doc, duration, integer, leaf, listOf, mapping, named, objectName, text } from "../fields";
import { key } from "../key";
import { containerShape, initContainerSchema } from "./container";
import { variablesSchema } from "./environment";
import { podTemplateSchema } from "./podTemplate";
import { probeSchema } from "./probe";
import { scalingShape } from "./scaling";
import { versionFilesSchema } from "./versionFiles";
import { volumesSchema } from "./volumes";
import { ownerIssues, workloadRefField } from "./workloadRef";

export const DEFAULT_REPLICAS = 1;

const probesSchema = mapping({
    readiness: doc(
        probeSchema.default({ tcpSocket: {} }),
        "Decides whether the pod gets requests.",
        "`{tcpSocket: {}}`, a TCP connection to `containerPort`",
    ),
    liveness: doc(
        probeSchema.optional(),
        "If this probe fails, Kubernetes restarts the container.",
        "none",
    ),
    startup: doc(
        probeSchema.optional(),
        "Until this probe succeeds, Kubernetes runs no other probe.",
        "none",
    ),
});

const versionShape = {
    ...containerShape,
    image: doc(
        leaf(text("a container image reference")).optional(),
        "Container image. Required without `workloadRef`.",
    ),
    workloadRef: workloadRefField,
    replicas: doc(
        integer(0, 1_000).default(DEFAULT_REPLICAS),
        "Number of pods. With `autoscaling`, the initial number. Must not be set in mode `replicas`.",
    ),
    containerPort: doc(integer(1, 65_535).default(8_080), "Port that the application listens on."),
    probes: doc(named("ProbesArgs", probesSchema).prefault({}), "Probes of the container."),
    config: doc(
        versionFilesSchema.optional(),
        "Environment variables and files of the version, in an immutable ConfigMap with a content hash in its name.",
        "none",
    ),
    volumes: doc(volumesSchema.optional(), "Volumes of the pods."),
    initContainers: doc(
        listOf("containers", initContainerSchema).optional(),
        "Containers that run in sequence before the application starts.",
    ),
    imagePullSecrets: doc(
        listOf("names of Secrets", leaf(objectName())).optional(),
        "Names of Secrets with registry credentials.",
    ),
    ...scalingShape,
    podTemplate: doc(
        podTemplateSchema.optional(),
        "Patch for the generated pod template. It merges mappings, merges lists of items with a `name` by name, replaces other lists, and removes fields that are `null`.",
        "none",
    ),
    readyTimeout: doc(
        duration("1s", "1h", true).default("5m"),
        "How long an update waits for the pods to become ready.",
    ),
};

const versionSchema = mapping(versionShape).superRefine(
    (version, context) => {
        const defaultOf = (name: string) =>
            versionShape[name as keyof typeof versionShape]?.safeParse(undefined).data;
        for (const issue of ownerIssues(version, defaultOf)) {
            context.addIssue({ code: "custom", ...issue });
        }
    },
    // Also if another key has a problem, to report all of them at once.
    { when: ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value) },
);

export type VersionConfig = z.output<typeof versionSchema>;
/** A version whose pods the rollout creates. */
export type OwnVersion = VersionConfig & { readonly image: Leaf<string> };

export function isOwn(version: VersionConfig): version is OwnVersion {
    return version.image !== undefined;
}

const version = named("VersionArgs", versionSchema);

export const versionKeys = {
    versions: key(
        doc(
            named(
                "VersionsArgs",
                mapping({
                    v1: doc(version.optional(), "Version in slot v1.", "none"),
                    v2: doc(version.optional(), "Version in slot v2.", "none"),
                }),
            ),
            "Version in each slot. The stable slot needs one, and so does the canary slot if it gets requests.",
        ),
    ),
    secrets: key(
        doc(
            named(
                "SecretsArgs",
                mapping({
                    v1: doc(variablesSchema.optional(), "Secret environment variables of slot v1."),
                    v2: doc(variablesSchema.optional(), "Secret environment variables of slot v2."),
                }),
            ).prefault({}),
            "Secret environment variables of each slot. They must be encrypted in the stack's config, and go to a Kubernetes Secret.",
        ),
    ),
};
