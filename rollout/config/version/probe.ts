/** How a pod is asked whether it is well, in Kubernetes' own shape. */
import type { z } from "zod";
import { integer, mapping, text, textList } from "../fields";

const HANDLERS = ["httpGet", "tcpSocket", "grpc", "exec"] as const;

export const probeSchema = mapping({
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

export type ProbeConfig = z.output<typeof probeSchema>;
