// The application as every tool but ours deploys it: the same pods, the same traffic policy as ours has by default.
import { echoParameters, type Scenario } from "./faultScenarios";
import type { Place } from "./tool";

/** Every namespace of this bench has it, so that a later run finds what a killed one left. */
export const LABEL = "istio-canary-bench=rollouts";

export function namespaceManifest(name: string): object {
    const [key = "", value] = LABEL.split("=");
    const labels = { "istio-injection": "enabled", [key]: value };
    return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** What the project's own Deployments have, in as many lines. */
export function deployment(
    { namespace, scenario }: Place,
    name: string,
    version: "v1" | "v2",
    selector: Readonly<Record<string, string>>,
    image: string,
): object {
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace, labels: { app: "web" } },
        spec: {
            replicas: scenario.replicas,
            selector: { matchLabels: selector },
            template: podTemplate(scenario, version, image),
        },
    };
}

export function podTemplate(scenario: Scenario, version: "v1" | "v2", image: string): object {
    return {
        metadata: { labels: { app: "web", version } },
        spec: {
            // Between the end of a pod's traffic and its end.
            terminationGracePeriodSeconds: 15,
            containers: [
                {
                    name: "web",
                    image,
                    imagePullPolicy: "IfNotPresent",
                    command: ["fortio"],
                    args: [
                        "server",
                        "-http-port=8080",
                        "-grpc-port=disabled",
                        "-tcp-port=disabled",
                        "-udp-port=disabled",
                        "-redirect-port=disabled",
                        "-ui-path=",
                        "-loglevel=error",
                        `-echo-server-default-params=${echoParameters(version, scenario)}`,
                    ],
                    ports: [{ name: "http", containerPort: 8080 }],
                    // An explicit query, so that the default parameters of a failing build do not fail the probe.
                    readinessProbe: {
                        httpGet: { path: "/?status=200", port: 8080 },
                        periodSeconds: 1,
                    },
                    lifecycle: { preStop: { sleep: { seconds: 5 } } },
                    resources: { requests: { cpu: "10m", memory: "32Mi" } },
                },
            ],
        },
    };
}

export const trafficPolicy = {
    connectionPool: {
        tcp: { maxConnections: 100 },
        http: { http1MaxPendingRequests: 50, http2MaxRequests: 1_024 },
    },
    outlierDetection: {
        consecutive5xxErrors: 5,
        interval: "30s",
        baseEjectionTime: "30s",
        maxEjectionPercent: 50,
    },
};

/** Creates or changes objects. */
export async function apply(
    { target, signal }: Pick<Place, "target" | "signal">,
    ...items: readonly object[]
): Promise<void> {
    await target.kubectl(["apply", "-f", "-"], {
        input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
        signal,
    });
}

/** Waits until a Deployment's pods are ready. */
export async function available({ target, namespace, signal }: Place, name: string): Promise<void> {
    const which = [`deployment/${name}`, "-n", namespace];
    await target.kubectl(["rollout", "status", ...which, "--timeout=180s"], { signal });
}
