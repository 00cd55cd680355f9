/** The pod template of a version. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan, Workload } from "../../plan/plan";
import { podLabels, selectorLabels } from "../labels";
import { configMapName } from "./configObjects";
import { appContainer, FILES_VOLUME, initContainer } from "./containers";
import { patched } from "./patch";

/** Seconds that the application has to shut down after the drain. */
const STOP_SECONDS = 30;

export function podTemplate(config: RolloutConfig, plan: Plan, workload: Workload) {
    const { app, drainSeconds } = plan;
    const { slot, name, version } = workload;
    const sidecar = sidecarMetadata(plan);
    const template = {
        metadata: {
            labels: { ...config.service.selector, ...podLabels(app, slot), ...sidecar.labels },
            annotations: sidecar.annotations,
        },
        spec: {
            serviceAccountName: name,
            terminationGracePeriodSeconds: drainSeconds + STOP_SECONDS,
            // For the sidecar's containers, which set no seccomp profile.
            securityContext: { seccompProfile: { type: "RuntimeDefault" } },
            imagePullSecrets: version.imagePullSecrets?.map((secret) => ({ name: secret })),
            initContainers: version.initContainers?.map((one) => initContainer(one, workload)),
            containers: [appContainer(config, plan, workload)],
            volumes: volumes(workload),
            topologySpreadConstraints: version.topologySpread?.map((constraint) => ({
                ...constraint,
                labelSelector: { matchLabels: selectorLabels(app, slot) },
                // Spread each ReplicaSet separately, without counting pods that are being replaced.
                matchLabelKeys: ["pod-template-hash"],
            })),
        },
    };
    return patched(template, version.podTemplate);
}

function volumes(workload: Workload) {
    const { volumes: own = [], config } = workload.version;
    const name = configMapName(workload);
    const keys = Object.keys(config?.files ?? {}).sort();
    const files =
        name === undefined || keys.length === 0
            ? []
            : [
                  {
                      name: FILES_VOLUME,
                      configMap: { name, items: keys.map((key) => ({ key, path: key })) },
                  },
              ];
    const all = [...files, ...own];
    return all.length === 0 ? undefined : all;
}

/** Labels and annotations that inject the sidecar, regardless of the namespace's labels. Empty in mode replicas. */
function sidecarMetadata({ mode, drainSeconds }: Plan): {
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
 * A sidecar that is an ordinary container gets SIGTERM at the same time as the application. With these settings it keeps
 * serving during the drain and until its last connection is closed. A native sidecar (Istio ≥ 1.27 on Kubernetes ≥ 1.33) stops
 * after the application and ignores them.
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
