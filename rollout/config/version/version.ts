/** Config: what each version slot runs. */
import type { z } from "zod";
import { doc, duration, integer, leaf, listOf, mapping, named, objectName } from "../fields";
import { key } from "../key";
import { containerShape, initContainerSchema } from "./container";
import { variablesSchema } from "./environment";
import { podTemplateSchema } from "./podTemplate";
import { probeSchema } from "./probe";
import { scalingShape } from "./scaling";
import { versionFilesSchema } from "./versionFiles";
import { volumesSchema } from "./volumes";

export const DEFAULT_REPLICAS = 1;

const probesSchema = mapping({
    readiness: doc(
        probeSchema.default({ tcpSocket: {} }),
        "Whether a pod may get requests. By default, a `tcpSocket` on `containerPort`.",
    ),
    liveness: doc(probeSchema.optional(), "Whether the container must be restarted."),
    startup: doc(probeSchema.optional(), "Whether the container has started."),
});

const versionSchema = mapping({
    ...containerShape,
    replicas: doc(
        integer(0, 1_000).default(DEFAULT_REPLICAS),
        "Number of pods; with `autoscaling`, the initial number. Not in mode `replicas`.",
    ),
    containerPort: doc(integer(1, 65_535).default(8_080), "Port that the application listens on."),
    probes: doc(named("ProbesArgs", probesSchema).prefault({}), "Probes of the container."),
    config: doc(
        versionFilesSchema.optional(),
        "Variables and files of this version, in a ConfigMap that is named after its content.",
    ),
    volumes: doc(volumesSchema.optional(), "Volumes of the pods."),
    initContainers: doc(
        listOf("containers", initContainerSchema).optional(),
        "Containers that run before the application, one after the other.",
    ),
    imagePullSecrets: doc(
        listOf("names of Secrets", leaf(objectName())).optional(),
        "Secrets with registry credentials.",
    ),
    ...scalingShape,
    podTemplate: doc(
        podTemplateSchema.optional(),
        "A patch over the pod template. Mappings are merged, and lists of named items by name; other lists are replaced.",
    ),
    readyTimeout: doc(
        duration("1s", "1h", true).default("5m"),
        "How long an update waits for ready pods.",
    ),
});

export type VersionConfig = z.output<typeof versionSchema>;

const version = named("VersionArgs", versionSchema);

export const versionKeys = {
    versions: key(
        doc(
            named(
                "VersionsArgs",
                mapping({
                    v1: doc(version.optional(), "What slot v1 runs."),
                    v2: doc(version.optional(), "What slot v2 runs."),
                }),
            ),
            "What each slot runs: the stable version always, the canary at a weight above 0.",
        ),
    ),
    secrets: key(
        doc(
            named(
                "SecretsArgs",
                mapping({
                    v1: doc(variablesSchema.optional(), "Secret variables of slot v1."),
                    v2: doc(variablesSchema.optional(), "Secret variables of slot v2."),
                }),
            ).prefault({}),
            "Secret environment variables of each slot, encrypted in the stack's config and in a Kubernetes Secret.",
        ),
    ),
};
