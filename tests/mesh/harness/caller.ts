// A pod that calls: fortio, with a sidecar or without, as a ServiceAccount of its own.
import { execa } from "execa";
import type { Cluster } from "./cluster";

const image = "sandbox/fortio:1.68.1";

/** Answers by status; "-1" counts those that ended without one. */
export type Answers = Readonly<Record<string, number>>;

export interface CallOptions {
    /** By default 1. */
    readonly requests?: number;
    /** By default 4, or as many as there are requests. */
    readonly connections?: number;
    /** "name: value" each. */
    readonly headers?: readonly string[];
}

/** A server that answers with what it is asked, behind a Service of its name, and that can call too. */
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

/** Calls `url` from a pod of a Deployment whose image is fortio's. */
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

/** What the sidecar of a caller has counted of a host, by subset and status, since the pod began. */
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
