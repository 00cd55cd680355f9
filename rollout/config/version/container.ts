/** What the application's container and its init containers have in common. */
import { z } from "zod";
import {
    absolutePath,
    boolean,
    dnsLabel,
    integer,
    mapping,
    objectName,
    oneOf,
    quantity,
    text,
    textList,
} from "../fields";
import { environmentSchema } from "./environment";

const resourceList = mapping({ cpu: quantity().optional(), memory: quantity().optional() });

const securityContextSchema = mapping({
    runAsUser: integer(0, 2_147_483_647).optional(),
    runAsGroup: integer(0, 2_147_483_647).optional(),
    runAsNonRoot: boolean().default(true),
    readOnlyRootFilesystem: boolean().optional(),
    allowPrivilegeEscalation: boolean().default(false),
    addCapabilities: textList().default([]),
});

const volumeMountSchema = mapping({
    name: dnsLabel(),
    mountPath: absolutePath(),
    subPath: text().optional(),
    readOnly: boolean().optional(),
});

const ENV_FROM_MUST = "must have exactly one of configMapRef, secretRef";
const envFromSchema = mapping({
    configMapRef: mapping({ name: objectName() }).optional(),
    secretRef: mapping({ name: objectName() }).optional(),
}).refine(
    (one) => (one.configMapRef === undefined) !== (one.secretRef === undefined),
    ENV_FROM_MUST,
);

export const containerShape = {
    image: text("must be the reference of a container image"),
    imagePullPolicy: oneOf(["Always", "IfNotPresent", "Never"]).optional(),
    command: textList().optional(),
    args: textList().optional(),
    env: environmentSchema.default({}),
    envFrom: z.array(envFromSchema, { error: "must be a list of mappings" }).optional(),
    volumeMounts: z.array(volumeMountSchema, { error: "must be a list of mappings" }).optional(),
    resources: mapping({
        requests: resourceList.prefault({}),
        limits: resourceList.prefault({}),
    }).prefault({}),
    securityContext: securityContextSchema.prefault({}),
};

export const initContainerSchema = mapping({ name: dnsLabel(), ...containerShape });

export type InitContainerConfig = z.output<typeof initContainerSchema>;
/** What both kinds of container have. */
export type ContainerConfig = Omit<InitContainerConfig, "name">;
