/** Config: how the kubelet asks a pod for its health, in Kubernetes' own shape. */
import type { z } from "zod";
import { doc, integer, mapping, named, pattern, text, textList } from "../fields";

const HANDLERS = ["httpGet", "tcpSocket", "grpc", "exec"] as const;

const port = () => doc(integer(1, 65_535).optional(), "Port.", "`containerPort`");
const kubernetes = (min: number, max: number, description: string, fallback: string) =>
    doc(integer(min, max).optional(), description, fallback);

export const probeSchema = named(
    "ProbeArgs",
    mapping({
        httpGet: doc(
            named(
                "HttpProbeArgs",
                mapping({
                    path: doc(
                        pattern(/^\//, 'a path that starts with "/"'),
                        "Path of the GET request.",
                    ),
                    port: port(),
                }),
            ).optional(),
            "A GET request.",
        ),
        tcpSocket: doc(
            named("TcpProbeArgs", mapping({ port: port() })).optional(),
            "A TCP connection.",
        ),
        grpc: doc(
            named(
                "GrpcProbeArgs",
                mapping({
                    service: doc(text().optional(), "Name of the service.", "the whole server"),
                    port: port(),
                }),
            ).optional(),
            "gRPC's health service.",
        ),
        exec: doc(
            named(
                "ExecProbeArgs",
                mapping({ command: doc(textList("a command"), "Command and its arguments.") }),
            ).optional(),
            "A command in the container that exits with 0.",
        ),
        initialDelaySeconds: kubernetes(0, 3_600, "Seconds before the first probe.", "`0`"),
        periodSeconds: kubernetes(1, 3_600, "Seconds between probes.", "`10`"),
        timeoutSeconds: kubernetes(1, 3_600, "Seconds until a probe fails.", "`1`"),
        successThreshold: kubernetes(1, 100, "Consecutive successes to become healthy.", "`1`"),
        failureThreshold: kubernetes(1, 1_000, "Consecutive failures to become unhealthy.", "`3`"),
    }).refine(
        (probe) => HANDLERS.filter((handler) => probe[handler] !== undefined).length === 1,
        `exactly one of ${HANDLERS.join(", ")}`,
    ),
);

export type ProbeConfig = z.output<typeof probeSchema>;
