/** The pod of a version. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan, Workload } from "../../plan/plan";
import { podLabels, selectorLabels } from "../labels";
import { configMapName } from "./configObjects";
import { appContainer, FILES_VOLUME, initContainer } from "./containers";
import { patched } from "./patch";

/** Seconds that an application has to end after its drain. */
const STOP_SECONDS = 30;

export function podTemplate(config: RolloutConfig, plan: Plan, workload: Workload) {
    const { app, drainSeconds } = plan;
    const { slot, name, version } = workload;
    const inMesh = sidecar(plan);
    const template = {
        metadata: {
            labels: { ...podLabels(app, slot), ...inMesh.labels },
            annotations: inMesh.annotations,
        },
        spec: {
            serviceAccountName: name,
            terminationGracePeriodSeconds: drainSeconds + STOP_SECONDS,
            // The sidecar's containers do not say it for themselves.
            securityContext: { seccompProfile: { type: "RuntimeDefault" } },
            imagePullSecrets: version.imagePullSecrets?.map((secret) => ({ name: secret })),
            initContainers: version.initContainers?.map((one) => initContainer(one, workload)),
            containers: [appContainer(config, plan, workload)],
            volumes: volumes(workload),
            topologySpreadConstraints: version.topologySpread?.map((constraint) => ({
                ...constraint,
                labelSelector: { matchLabels: selectorLabels(app, slot) },
                // Each generation of pods by itself: those that are about to go do not count.
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
