/** What a version slot runs: image, replicas, probes and all else that goes into its Deployment. */
import { z } from "zod";
import { duration, integer, mapping, objectName } from "../fields";
import { containerShape, initContainerSchema } from "./container";
import { podTemplateSchema } from "./podTemplate";
import { probeSchema } from "./probe";
import { autoscalingSchema, disruptionBudgetSchema, topologySpreadSchema } from "./scaling";
import { versionFilesSchema } from "./versionFiles";
import { volumesSchema } from "./volumes";

export const DEFAULT_REPLICAS = 1;

export const versionSchema = mapping({
    ...containerShape,
    replicas: integer(0, 1_000).default(DEFAULT_REPLICAS),
    containerPort: integer(1, 65_535).default(8_080),
    probes: mapping({
        readiness: probeSchema.default({ tcpSocket: {} }),
        liveness: probeSchema.optional(),
        startup: probeSchema.optional(),
    }).prefault({}),
    config: versionFilesSchema.optional(),
    volumes: volumesSchema.optional(),
    initContainers: z
        .array(initContainerSchema, { error: "must be a list of containers" })
        .optional(),
    imagePullSecrets: z
        .array(objectName(), { error: "must be a list of names of Secrets" })
        .optional(),
    autoscaling: autoscalingSchema.optional(),
    disruptionBudget: disruptionBudgetSchema.optional(),
    topologySpread: topologySpreadSchema.optional(),
    podTemplate: podTemplateSchema.optional(),
    readyTimeout: duration("1s", "1h", true).default("5m"),
});

export type VersionConfig = z.output<typeof versionSchema>;
