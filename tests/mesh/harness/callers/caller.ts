// A caller pod: Fortio with its own ServiceAccount, with or without a sidecar.
import { execa } from "execa";
import type { Cluster } from "../cluster";

const image = "sandbox/fortio:1.68.1";

/** Responses by status; "-1" counts requests without a response. */
export type Answers = Readonly<Record<string, number>>;

export interface CallOptions {
    /** Default: 1. */
    readonly requests?: number;
    /** Default: 4, or the number of requests if that is lower. */
    readonly connections?: number;
    /** Each as "name: value". */
    readonly headers?: readonly string[];
}

/** A Fortio echo server behind a Service of the same name; it can also send requests. */
export function fortioServer(name: string, namespace: string, port: object = {}): object[] {
    const labels = { app: name, version: "v1" };
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name, namespace },
            spec: {
                selector: { app: name },
                ports: [{ name: "http", port: 80, targetPort: 8080, ...port }],
            },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace },
            spec: {
                selector: { matchLabels: { app: name } },
                template: {
                    metadata: {
                        labels,
                        annotations: {
                            "proxy.istio.io/config": "holdApplicationUntilProxyStarts: true",
                        },
                    },
                    spec: {
                        serviceAccountName: name,
                        terminationGracePeriodSeconds: 1,
                        containers: [
                            {
                                name: "fortio",
                                image,
                                args: [
                                    ...["server", "-http-port=8080", "-grpc-port=disabled"],
                                    ...["-tcp-port=disabled", "-udp-port=disabled"],
                                    ...["-redirect-port=disabled", "-loglevel=error"],
                                ],
                                readinessProbe: {
                                    httpGet: { path: "/", port: 8080 },
                                    periodSeconds: 1,
                                },
                            },
                        ],
                    },
                },
            },
        },
    ];
}

/** Calls `url` from a pod of a Fortio Deployment. */
export async function callFrom(
    cluster: Cluster,
    namespace: string,
    deployment: string,
    url: string,
    { requests = 1, connections = Math.min(4, requests), headers = [] }: CallOptions = {},
): Promise<Answers> {
    const load = [
        ...["load", "-quiet", "-json", "-", "-qps", "-1", "-allow-initial-errors"],
        ...["-n", String(requests), "-c", String(connections)],
        ...headers.flatMap((header) => ["-H", header]),
        url,
    ];
    const exec = ["exec", "-n", namespace, `deployment/${deployment}`, "--"];
    const { stdout } = await execa("kubectl", [...exec, "fortio", ...load], { env: cluster.env });
    return JSON.parse(stdout).RetCodes;
}

/** Requests to a host that a caller's sidecar counted since the pod started, by subset and status. */
export async function countedBySubset(
    cluster: Cluster,
    namespace: string,
    deployment: string,
    host: string,
): Promise<Record<string, Record<string, number>>> {
    const stats = await cluster.kubectl(
        ...["exec", "-n", namespace, `deployment/${deployment}`, "-c", "istio-proxy", "--"],
        ...["pilot-agent", "request", "GET", `stats?filter=${host}.*upstream_rq_[0-9]{3}$`],
    );
    const counts: Record<string, Record<string, number>> = {};
    const line = /^cluster\.outbound\|\d+\|([^|]*)\|[^;]*;\.upstream_rq_(\d{3}): (\d+)$/gm;
    for (const [, subset = "", status = "", count] of stats.matchAll(line)) {
        counts[subset] = { ...counts[subset], [status]: Number(count) };
    }
    return counts;
}
