// Istio's control plane and ingress gateway for istioctl, with everything disabled that upstream Envoy lacks.
import { stringify } from "yaml";
import { istioHub, istioTag } from "../images/recipes";
import { network } from "../layout";
import { ingressAddon } from "./addonStatus";

/**
 * Envoy statistics that a canary needs in addition to Istio's defaults: requests by response code, durations, timeouts and
 * overflows per service and subset; requests per sidecar listener, which also count requests that never reached a service.
 * Each pattern matches a full statistic name, in which `;` ends the cluster's or listener's name. Kept narrow: all statistics
 * of all clusters were 58,000 lines per scrape and pod in a mesh with 100 subsets.
 */
export const statsInclusion: readonly string[] = [
    String.raw`cluster\.(inbound\|[0-9]+|outbound\|[0-9]+\|[^|]*\|[^|]+\.svc[^|]*)[|;].*\.upstream_rq_(\d\d\d|time|timeout|total|rx_reset|tx_reset|pending_overflow)`,
    String.raw`cluster\.outbound\|[0-9]+\|[^|]*\|[^|]+\.svc[^|;]*;.*\.(upstream_cx_(overflow|connect_fail)|outlier_detection\.ejections_(active|enforced_total))`,
    String.raw`http\.(inbound|outbound)_[^;]*;\.(downstream_rq_(\dxx|time|total|rx_reset)|no_route|no_cluster)`,
];

/** Named as in Istio's default profile, so that Gateways select it with `istio: ingressgateway`. */
const ingressGateway = {
    name: ingressAddon.name,
    enabled: true,
    k8s: {
        resources: { requests: { cpu: "10m", memory: "40Mi" } },
        readinessProbe: { httpGet: { path: "/healthz/ready", port: 15021 }, periodSeconds: 1 },
        service: {
            type: "ClusterIP",
            clusterIP: network.ingress,
            ports: [
                { name: "http2", port: 80, targetPort: 8080 },
                { name: "https", port: 443, targetPort: 8443 },
            ],
        },
    },
};

/** Input of `istioctl manifest generate`. */
export function istioOperator(): string {
    return stringify({
        apiVersion: "install.istio.io/v1alpha1",
        kind: "IstioOperator",
        spec: {
            profile: "minimal",
            hub: istioHub,
            tag: istioTag,
            meshConfig: {
                defaultConfig: { proxyStatsMatcher: { inclusionRegexps: [...statsInclusion] } },
            },
            components: { ingressGateways: [ingressGateway] },
            values: {
                // Without it, Istio's webhook validates only objects with the label `istio.io/rev`; installs set it.
                defaultRevision: "default",
                gateways: { [ingressAddon.name]: { autoscaleEnabled: false } },
                // Only Istio's Envoy build has the filters istio.stats, metadata exchange and istio.alpn.
                telemetry: { enabled: false },
                pilot: {
                    env: {
                        PILOT_ENABLE_METADATA_EXCHANGE: "false",
                        PILOT_ENABLE_ALPN_FILTER: "false",
                    },
                    autoscaleEnabled: false,
                    resources: { requests: { cpu: "50m", memory: "128Mi" } },
                },
                global: {
                    imagePullPolicy: "IfNotPresent",
                    // Small, so that a two-core node fits many sidecars.
                    proxy: { resources: { requests: { cpu: "10m", memory: "40Mi" } } },
                },
            },
        },
    });
}

/** A pod for a dry run: the API server returns it with a sidecar once injection works. */
export function injectionProbe(): object {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
            name: "injection-probe",
            namespace: "default",
            labels: { "sidecar.istio.io/inject": "true" },
        },
        spec: { containers: [{ name: "probe", image: "none" }] },
    };
}
