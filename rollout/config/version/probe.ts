/** Config: probes, in Kubernetes' schema. */
import type { z } from "zod";
import { doc, integer, mapping, named, pattern, text, textList } from "../fields";

const HANDLERS = ["httpGet", "tcpSocket", "grpc", "exec"] as const;

const port = () => doc(integer(1, 65_535).optional(), "Port.", "`containerPort`");
const timing = (min: number, max: number, description: string, fallback: string) =>
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
                        "Path of the request.",
                    ),
                    port: port(),
                }),
            ).optional(),
            "HTTP GET request. Set exactly one of `httpGet`, `tcpSocket`, `grpc` and `exec`.",
        ),
        tcpSocket: doc(
            named("TcpProbeArgs", mapping({ port: port() })).optional(),
            "TCP connection.",
            "none",
        ),
        grpc: doc(
            named(
                "GrpcProbeArgs",
                mapping({
                    service: doc(text().optional(), "Service to check.", "the whole server"),
                    port: port(),
                }),
            ).optional(),
            "gRPC health check.",
            "none",
        ),
        exec: doc(
            named(
                "ExecProbeArgs",
                mapping({
                    command: doc(textList("a list with a command"), "Command and its arguments."),
                }),
            ).optional(),
            "Command to run in the container. Exit code 0 means success.",
        ),
        initialDelaySeconds: timing(0, 3_600, "Seconds before the first probe.", "`0`"),
        periodSeconds: timing(1, 3_600, "Seconds between probes.", "`10`"),
        timeoutSeconds: timing(1, 3_600, "Timeout of a probe in seconds.", "`1`"),
        successThreshold: timing(
            1,
            100,
            "Consecutive successes after which the container counts as healthy.",
            "`1`",
        ),
        failureThreshold: timing(
            1,
            1_000,
            "Consecutive failures after which the container counts as unhealthy.",
            "`3`",
        ),
    }).refine(
        (probe) => HANDLERS.filter((handler) => probe[handler] !== undefined).length === 1,
        `exactly one of ${HANDLERS.join(", ")}`,
    ),
);

export type ProbeConfig = z.output<typeof probeSchema>;
