// Prometheus' configuration: discovers every sidecar and renames Envoy's counters to Istio's standard metrics.
import { stringify } from "yaml";

/** A Prometheus `relabel_config`. */
export interface Relabelling {
    source_labels?: string[];
    regex?: string;
    target_label?: string;
    replacement?: string;
    action?: "keep" | "drop" | "labeldrop";
}

/** Seconds. */
export const scrapeInterval = 5;

/** `kubeconfig`: a file that works inside the sandbox's network namespace. */
export function prometheusConfig(kubeconfig: string): string {
    const seconds = `${scrapeInterval}s`;
    return stringify(
        {
            global: { scrape_interval: seconds, scrape_timeout: seconds },
            scrape_configs: [
                {
                    job_name: "envoy",
                    metrics_path: "/stats/prometheus",
                    kubernetes_sd_configs: [{ role: "pod", kubeconfig_file: kubeconfig }],
                    relabel_configs: targetRelabelling,
                    metric_relabel_configs: metricRelabelling,
                },
                {
                    job_name: "istiod",
                    kubernetes_sd_configs: [
                        {
                            role: "pod",
                            kubeconfig_file: kubeconfig,
                            namespaces: { names: ["istio-system"] },
                            selectors: [{ role: "pod", label: "app=istiod" }],
                        },
                    ],
                    relabel_configs: istiodRelabelling,
                    metric_relabel_configs: [
                        { source_labels: ["__name__"], regex: keptOfIstiod, action: "keep" },
                    ],
                },
            ],
        },
        { lineWidth: 0 },
    );
}

/** Selects pods and labels them. `metricRelabelling` turns the `wl*` labels into Istio's and drops them. */
export const targetRelabelling: readonly Relabelling[] = [
    {
        source_labels: ["__meta_kubernetes_pod_container_port_name"],
        regex: "http-envoy-prom",
        action: "keep",
    },
    { source_labels: ["__meta_kubernetes_pod_phase"], regex: "Running", action: "keep" },
    { source_labels: ["__meta_kubernetes_namespace"], target_label: "wl_namespace" },
    { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
    {
        // A Deployment's pod is controlled by a ReplicaSet, named after the Deployment plus a hash.
        source_labels: ["__meta_kubernetes_pod_controller_name"],
        regex: "(.+)-[a-z0-9]+",
        target_label: "wl",
    },
    { source_labels: ["__meta_kubernetes_pod_label_app"], target_label: "wl_app" },
    { source_labels: ["__meta_kubernetes_pod_label_version"], target_label: "wl_version" },
    {
        source_labels: ["__meta_kubernetes_pod_label_service_istio_io_canonical_name"],
        target_label: "wl_canonical_service",
    },
    {
        source_labels: ["__meta_kubernetes_pod_label_service_istio_io_canonical_revision"],
        target_label: "wl_canonical_revision",
    },
];

/** istiod does not declare its metrics port, so this sets the port of every discovered target to it. */
export const istiodRelabelling: readonly Relabelling[] = [
    { source_labels: ["__meta_kubernetes_pod_phase"], regex: "Running", action: "keep" },
    {
        source_labels: ["__meta_kubernetes_pod_ip"],
        regex: "(.+)",
        target_label: "__address__",
        replacement: "$1:15014",
    },
    { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
];

/** Propagation time from istiod to the sidecars, for services without requests. */
const keptOfIstiod = "pilot_proxy_convergence_time_(bucket|sum|count)|pilot_xds";

const outbound = (captured: string) => ({ source_labels: ["cluster_name"], regex: captured });

/** Copies the labels of the reporting pod to Istio's labels for that reporter. */
const ofReporter = (reporter: "source" | "destination"): Relabelling[] =>
    [
        ["wl", "workload"],
        ["wl_namespace", "workload_namespace"],
        ["wl_app", "app"],
        ["wl_version", "version"],
        ["wl_canonical_service", "canonical_service"],
        ["wl_canonical_revision", "canonical_revision"],
    ].map(([label, target]) => ({
        source_labels: ["reporter", `${label}`],
        regex: `${reporter};(.+)`,
        target_label: `${reporter}_${target}`,
    }));

const kept = [
    "envoy_cluster_upstream_rq",
    "envoy_cluster_upstream_rq_time_(bucket|sum|count)",
    "envoy_cluster_upstream_rq_(timeout|pending_overflow)",
    "envoy_cluster_upstream_cx_(overflow|connect_fail)",
    "envoy_cluster_outlier_detection_ejections_(active|enforced_total)",
    "envoy_http_(downstream_rq|downstream_rq_rx_reset|no_route|no_cluster)",
];

/** Keeps `cluster_name` and `pod`, without which distinct series would collide. */
export const metricRelabelling: readonly Relabelling[] = [
    { source_labels: ["__name__"], regex: kept.join("|"), action: "keep" },
    // Drops the series per response code class, which would count each request twice.
    {
        source_labels: ["__name__", "response_code"],
        regex: "envoy_cluster_upstream_rq;",
        action: "drop",
    },
    {
        source_labels: ["__name__", "cluster_name"],
        regex: String.raw`envoy_cluster_[^;]+;(outbound\|\d+\|[^|]*\|.+\.svc\.cluster\.local|inbound\|\d+\|\|)|envoy_http_.*`,
        action: "keep",
    },
    {
        ...outbound(String.raw`outbound\|.*`),
        target_label: "reporter",
        replacement: "source",
    },
    {
        // A request to the whole service, not to a subset.
        ...outbound(String.raw`outbound\|\d+\|\|.+`),
        target_label: "destination_version",
        replacement: "unknown",
    },
    { ...outbound(String.raw`outbound\|\d+\|([^|]+)\|.+`), target_label: "destination_version" },
    // The Service of a slot, behind an HTTPRoute. Istio's own metrics have the version of the pod.
    {
        ...outbound(String.raw`outbound\|\d+\|\|[^.]+-(v[12])\..+`),
        target_label: "destination_version",
    },
    { ...outbound(String.raw`outbound\|\d+\|[^|]*\|(.+)`), target_label: "destination_service" },
    {
        ...outbound(String.raw`outbound\|\d+\|[^|]*\|([^.]+)\..+`),
        target_label: "destination_service_name",
    },
    {
        ...outbound(String.raw`outbound\|\d+\|[^|]*\|[^.]+\.([^.]+)\..+`),
        target_label: "destination_service_namespace",
    },
    ...ofReporter("source"),
    {
        ...outbound(String.raw`inbound\|.*`),
        target_label: "reporter",
        replacement: "destination",
    },
    ...ofReporter("destination"),
    {
        source_labels: ["__name__"],
        regex: "envoy_cluster_upstream_rq",
        target_label: "__name__",
        replacement: "istio_requests_total",
    },
    {
        source_labels: ["__name__"],
        regex: "envoy_cluster_upstream_rq_time_(bucket|sum|count)",
        target_label: "__name__",
        replacement: "istio_request_duration_milliseconds_$1",
    },
    { regex: "wl|wl_.*|response_code_class", action: "labeldrop" },
];
