// Prometheus' configuration: finds every sidecar and renames Envoy's counters to Istio's standard metrics.
import { stringify } from "yaml";

/** A relabelling rule, in Prometheus' words. */
export interface Relabelling {
    source_labels?: string[];
    regex?: string;
    target_label?: string;
    replacement?: string;
    action?: "keep" | "drop" | "labeldrop";
}

/** Seconds. */
export const scrapeInterval = 5;

/** `kubeconfig` is a file for use inside the sandbox's network namespace. */
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

/** Which pods, and what is known of each: `wl*` labels go into Istio's below and are dropped at the end. */
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
        // The controller of a Deployment's pod is a ReplicaSet: the Deployment's name and a hash.
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

/** Its ports are not all declared: whichever is found, the one with metrics is read. */
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

/** Tells how long sidecars take to have what was written, where no requests show it. */
const keptOfIstiod = "pilot_proxy_convergence_time_(bucket|sum|count)|pilot_xds";

const outbound = (captured: string) => ({ source_labels: ["cluster_name"], regex: captured });

/** A label of the pod that counted, under the name that Istio has for it on that side. */
const ofReporter = (reporter: string, label: string, target: string): Relabelling => ({
    source_labels: ["reporter", label],
    regex: `${reporter};(.+)`,
    target_label: target,
});

const kept = [
    "envoy_cluster_upstream_rq",
    "envoy_cluster_upstream_rq_time_(bucket|sum|count)",
    "envoy_cluster_upstream_rq_(timeout|pending_overflow)",
    "envoy_cluster_upstream_cx_(overflow|connect_fail)",
    "envoy_cluster_outlier_detection_ejections_(active|enforced_total)",
    "envoy_http_(downstream_rq|downstream_rq_rx_reset|no_route|no_cluster)",
];

/** `cluster_name` and `pod` stay: they tell series apart that would otherwise be one. */
export const metricRelabelling: readonly Relabelling[] = [
    { source_labels: ["__name__"], regex: kept.join("|"), action: "keep" },
    // Its twin per class of code would count each request twice.
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
        // A request to a service as a whole, not to a subset of it.
        ...outbound(String.raw`outbound\|\d+\|\|.+`),
        target_label: "destination_version",
        replacement: "unknown",
    },
    { ...outbound(String.raw`outbound\|\d+\|([^|]+)\|.+`), target_label: "destination_version" },
    { ...outbound(String.raw`outbound\|\d+\|[^|]*\|(.+)`), target_label: "destination_service" },
    {
        ...outbound(String.raw`outbound\|\d+\|[^|]*\|([^.]+)\..+`),
        target_label: "destination_service_name",
    },
    {
        ...outbound(String.raw`outbound\|\d+\|[^|]*\|[^.]+\.([^.]+)\..+`),
        target_label: "destination_service_namespace",
    },
    ofReporter("source", "wl", "source_workload"),
    ofReporter("source", "wl_namespace", "source_workload_namespace"),
    ofReporter("source", "wl_app", "source_app"),
    ofReporter("source", "wl_version", "source_version"),
    ofReporter("source", "wl_canonical_service", "source_canonical_service"),
    ofReporter("source", "wl_canonical_revision", "source_canonical_revision"),
    {
        ...outbound(String.raw`inbound\|.*`),
        target_label: "reporter",
        replacement: "destination",
    },
    ofReporter("destination", "wl", "destination_workload"),
    ofReporter("destination", "wl_namespace", "destination_workload_namespace"),
    ofReporter("destination", "wl_app", "destination_app"),
    ofReporter("destination", "wl_version", "destination_version"),
    ofReporter("destination", "wl_canonical_service", "destination_canonical_service"),
    ofReporter("destination", "wl_canonical_revision", "destination_canonical_revision"),
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
