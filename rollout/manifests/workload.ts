/** A version's ServiceAccount and Deployment. */
import type { RolloutConfig } from "../config";
import type { Plan, Workload } from "../plan";
import type { ProbeConfig, VersionConfig } from "../schema/version";
import { objectLabels, podLabels, selectorLabels } from "./labels";

/**
 * Counts up with each release in which the same config makes another pod template. The rule slot-in-use then takes
 * the difference for the upgrade's, once, and not for the user's.
 */
export const TEMPLATE_GENERATION = 2;

/** Annotation by which the engine does not wait until a Deployment's pods are ready. */
export const SKIP_AWAIT = "pulumi.com/skipAwait";

/** Seconds that an application has to end after its drain. */
const STOP_SECONDS = 30;

export function serviceAccount({ app, namespace }: Plan, { slot, name }: Workload) {
    return {
        apiVersion: "v1" as const,
        kind: "ServiceAccount" as const,
        metadata: { name, namespace, labels: objectLabels(app, slot) },
    };
}

/** The Deployment of one slot. In mode istio only the annotation `pulumi.com/skipAwait` depends on the weight. */
export function deployment(config: RolloutConfig, plan: Plan, workload: Workload) {
    const { app, namespace, drainSeconds } = plan;
    const { slot, name, version, replicas } = workload;
    const inMesh = sidecar(plan);
    return {
        apiVersion: "apps/v1" as const,
        kind: "Deployment" as const,
        metadata: {
            name,
            namespace,
            labels: objectLabels(app, slot),
            annotations: annotations(plan, workload),
        },
        spec: {
            replicas,
            selector: { matchLabels: selectorLabels(app, slot) },
            strategy: {
                type: "RollingUpdate",
                rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" },
            },
            template: {
                metadata: {
                    labels: { ...podLabels(app, slot), ...inMesh.labels },
                    annotations: inMesh.annotations,
                },
                spec: {
                    serviceAccountName: name,
                    terminationGracePeriodSeconds: drainSeconds + STOP_SECONDS,
                    containers: [container(config, plan, version)],
                },
            },
        },
    };
}

/** Percentage of the requests that the stable has in mode replicas; it is written once the canary has its pods. */
export const SHARE_ANNOTATION = "rollout/share";

function annotations({ mode, stable, shares }: Plan, { slot, skipAwait }: Workload) {
    const found: Record<string, string> = {};
    if (skipAwait) found[SKIP_AWAIT] = "true";
    if (mode === "replicas" && slot === stable) found[SHARE_ANNOTATION] = String(shares[slot]);
    return found;
}

/** What of a pod asks for a sidecar, whatever the namespace is labelled; nothing in mode replicas. */
function sidecar({ mode, drainSeconds }: Plan): {
    labels: Record<string, string>;
    annotations: Record<string, string>;
} {
    if (mode === "replicas") return { labels: {}, annotations: {} };
    return {
        labels: { "sidecar.istio.io/inject": "true" },
        annotations: { "proxy.istio.io/config": proxyConfig(drainSeconds) },
    };
}

/**
 * Where the sidecar is an ordinary container it gets its SIGTERM together with the application: it then serves on
 * for the whole drain and until its last connection has gone. A native sidecar (Istio ≥ 1.27 on Kubernetes ≥ 1.33)
 * ends after the application by itself, and ignores this.
 */
function proxyConfig(drainSeconds: number): string {
    return JSON.stringify({
        holdApplicationUntilProxyStarts: true,
        proxyMetadata: {
            EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true",
            MINIMUM_DRAIN_DURATION: `${drainSeconds}s`,
        },
    });
}

function container(config: RolloutConfig, plan: Plan, version: VersionConfig) {
    const { readiness, liveness, startup } = version.probes;
    const { addCapabilities, ...security } = version.securityContext;
    return {
        name: plan.app,
        image: version.image,
        imagePullPolicy: version.imagePullPolicy,
        command: version.command,
        args: version.args,
        env: Object.entries(version.env)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, value]) => ({ name, value })),
        ports: [{ name: config.protocol, containerPort: version.containerPort }],
        readinessProbe: probe(readiness, version.containerPort),
        livenessProbe: liveness && probe(liveness, version.containerPort),
        startupProbe: startup && probe(startup, version.containerPort),
        resources: version.resources,
        securityContext: {
            ...security,
            capabilities: {
                drop: ["ALL"],
                ...(addCapabilities.length > 0 && { add: addCapabilities }),
            },
            seccompProfile: { type: "RuntimeDefault" },
        },
        // Endpoints and clients' sidecars need a moment to forget a pod; it serves on meanwhile.
        lifecycle: { preStop: { sleep: { seconds: plan.drainSeconds } } },
    };
}

function probe({ httpGet, tcpSocket, grpc, exec, ...timing }: ProbeConfig, containerPort: number) {
    return {
        ...timing,
        ...(httpGet && { httpGet: { port: containerPort, ...httpGet } }),
        ...(tcpSocket && { tcpSocket: { port: containerPort, ...tcpSocket } }),
        ...(grpc && { grpc: { port: containerPort, ...grpc } }),
        ...(exec && { exec }),
    };
}
