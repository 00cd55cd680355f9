/** What a version slot runs: image, replicas, probes and all else that goes into its Deployment. */
import { z } from "zod";
import { boolean, duration, integer, mapping, oneOf, quantity, text, textList } from "./fields";

const HANDLERS = ["httpGet", "tcpSocket", "grpc", "exec"] as const;

const probeSchema = mapping({
    httpGet: mapping({
        path: text().regex(/^\//, "must be a path that starts with /"),
        port: integer(1, 65_535).optional(),
    }).optional(),
    tcpSocket: mapping({ port: integer(1, 65_535).optional() }).optional(),
    grpc: mapping({ service: text().optional(), port: integer(1, 65_535).optional() }).optional(),
    exec: mapping({ command: textList("must name a command") }).optional(),
    initialDelaySeconds: integer(0, 3_600).optional(),
    periodSeconds: integer(1, 3_600).optional(),
    timeoutSeconds: integer(1, 3_600).optional(),
    successThreshold: integer(1, 100).optional(),
    failureThreshold: integer(1, 1_000).optional(),
}).refine(
    (probe) => HANDLERS.filter((handler) => probe[handler] !== undefined).length === 1,
    `must have exactly one of ${HANDLERS.join(", ")}`,
);

const resourceList = mapping({ cpu: quantity().optional(), memory: quantity().optional() });

const securityContextSchema = mapping({
    runAsUser: integer(0, 2_147_483_647).optional(),
    runAsGroup: integer(0, 2_147_483_647).optional(),
    runAsNonRoot: boolean().default(true),
    readOnlyRootFilesystem: boolean().optional(),
    allowPrivilegeEscalation: boolean().default(false),
    addCapabilities: textList().default([]),
});

export const versionSchema = mapping({
    image: text("must be the reference of a container image"),
    imagePullPolicy: oneOf(["Always", "IfNotPresent", "Never"]).optional(),
    replicas: integer(0, 1_000).default(1),
    command: textList().optional(),
    args: textList().optional(),
    env: z
        .record(
            z
                .string()
                .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "must be the name of an environment variable"),
            z.string({ error: "must be a text; quote it" }),
            { error: "must be a mapping from names to texts" },
        )
        .default({}),
    containerPort: integer(1, 65_535).default(8_080),
    probes: mapping({
        readiness: probeSchema.default({ tcpSocket: {} }),
        liveness: probeSchema.optional(),
        startup: probeSchema.optional(),
    }).prefault({}),
    resources: mapping({
        requests: resourceList.prefault({}),
        limits: resourceList.prefault({}),
    }).prefault({}),
    securityContext: securityContextSchema.prefault({}),
    readyTimeout: duration("1s", "1h", true).default("5m"),
});

export type ProbeConfig = z.output<typeof probeSchema>;
export type VersionConfig = z.output<typeof versionSchema>;
