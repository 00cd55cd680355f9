/** PromQL queries about rollouts, on Istio's standard metrics as counted by the callers' sidecars. */
import { serviceHost, workloadName } from "../../../rollout/config/names";
import { SLOTS, type Slot } from "../../../rollout/config/slots";
import { FAILED_MATCHERS } from "./failures";
import { type ReferencedWorkloads, versionNames } from "./referencedWorkloads";

/** What identifies the metrics of a rollout. */
export interface RolloutMetrics {
    readonly app: string;
    readonly namespace: string;
    /** Fully qualified name of the Service. Default: in the cluster domain `cluster.local`. */
    readonly host?: string;
    readonly port: number;
    /** Further ports that the weight splits, and whose protocol has requests. Default: none. */
    readonly otherPorts?: readonly number[];
    /** `gateway-api`: callers send requests to the Services of the slots. Default: to the shared Service. */
    readonly routing?: string;
    /** Versions whose pods somebody else manages. Default: none. */
    readonly workloads?: ReferencedWorkloads;
}

/** Every port whose requests count. */
export function countedPorts({
    port,
    otherPorts = [],
}: Pick<RolloutMetrics, "port" | "otherPorts">) {
    return [port, ...otherPorts];
}

/** The Service's name in Istio's labels. */
export function hostOf({
    app,
    namespace,
    host,
}: Pick<RolloutMetrics, "app" | "namespace" | "host">): string {
    return host ?? serviceHost(app, namespace);
}

type Host = Pick<RolloutMetrics, "app" | "namespace" | "host" | "routing">;

/** The Service's name, and with an HTTPRoute those of the slots' Services, to which callers' sidecars send the requests. */
export function hostsOf(rollout: Host): string[] {
    const host = hostOf(rollout);
    if (rollout.routing !== "gateway-api") return [host];
    // The shared one too: before a switch to HTTPRoute, requests went to its subsets.
    return [host, ...SLOTS.map((slot) => slotHost(host, slot))];
}

function slotHost(host: string, slot: Slot): string {
    const [app = "", ...domain] = host.split(".");
    return [workloadName(app, slot), ...domain].join(".");
}

/** Label matcher of the requests to a rollout. */
export function serviceMatcher(rollout: Host): string {
    return oneOf("destination_service", hostsOf(rollout));
}

/** Matcher of a label that has one of these values. */
function oneOf(label: string, values: readonly string[]): string {
    const [only, ...others] = values;
    if (others.length === 0) return `${label}="${only}"`;
    return `${label}=~"${values.map(literal).join("|")}"`;
}

/** A name as a regular expression. */
export function literal(name: string): string {
    return name.replaceAll(".", "[.]");
}

/** Matchers that select a rollout's series. */
export interface Selection {
    /** Of Istio's metrics. */
    readonly service: string;
    /** Of Envoy's own metrics, which identify a slot by its cluster: of a subset, or of its own Service. */
    readonly cluster: (slot: Slot) => string;
    /** Versions whose pods somebody else manages. Default: none. */
    readonly workloads?: ReferencedWorkloads;
}

/** Selects one rollout. */
export function selectionOf(rollout: RolloutMetrics): Selection {
    const shared = hostOf(rollout);
    const ownService = rollout.routing === "gateway-api";
    const [port, ...others] = countedPorts(rollout);
    const any = [port, ...others].join("|");
    return {
        workloads: rollout.workloads,
        service: serviceMatcher(rollout),
        cluster: (slot) => {
            const [subset, host] = ownService ? ["", slotHost(shared, slot)] : [slot, shared];
            return others.length === 0
                ? `cluster_name="outbound|${port}|${subset}|${host}"`
                : `cluster_name=~"outbound[|](${any})[|]${subset}[|]${literal(host)}"`;
        },
    };
}

/** Label matchers of the requests to one slot, or to both. */
function requestsOf(of: Selection, slot?: Slot, ...more: string[]): string {
    const slots = slot === undefined ? SLOTS : [slot];
    return [
        'reporter="source"',
        of.service,
        oneOf(
            "destination_version",
            slots.flatMap((one) => versionNames(one, of.workloads)),
        ),
        ...more,
    ].join(",");
}

/** Rates of failed requests. */
function failedRates(of: Selection, window: string, slot?: Slot): string {
    return FAILED_MATCHERS.map(
        (failed) => `rate(istio_requests_total{${requestsOf(of, slot, failed)}}[${window}])`,
    ).join(" or ");
}

/** Requests per second to one slot, or to both. */
export function requestRate(of: Selection, window: string, slot?: Slot): string {
    return `sum(rate(istio_requests_total{${requestsOf(of, slot)}}[${window}]))`;
}

/** Requests per second by version. */
export function requestRateByVersion(of: Selection, window: string): string {
    return `sum by (destination_version) (rate(istio_requests_total{${requestsOf(of)}}[${window}]))`;
}

/** Requests per second by version and status. */
export function requestRateByCode(of: Selection, window: string): string {
    return `sum by (destination_version, response_code) (rate(istio_requests_total{${requestsOf(of)}}[${window}]))`;
}

/** Requests per second by version and by the workload that sends them. */
export function requestRateBySource(of: Selection, window: string): string {
    return `sum by (destination_version, source_workload, source_workload_namespace) (rate(istio_requests_total{${requestsOf(of)}}[${window}]))`;
}

/** Share of all requests by version, 0–1. */
export function shareByVersion(of: Selection, window: string): string {
    return `${requestRateByVersion(of, window)} / scalar(${requestRate(of, window)})`;
}

/** Share of a slot's requests that failed, 0–1; no value without requests. */
export function errorShare(of: Selection, window: string, slot: Slot): string {
    const failed = `sum(${failedRates(of, window, slot)})`;
    return `(${failed} or vector(0)) / (${requestRate(of, window, slot)} > 0)`;
}

/** The same by version; 0 if no request has ever failed. */
export function errorShareByVersion(of: Selection, window: string): string {
    const all = requestRateByVersion(of, window);
    const failed = `sum by (destination_version) (${failedRates(of, window)})`;
    return `(${failed} or ${all} * 0) / (${all} > 0)`;
}

/** Milliseconds within which `quantile` (0–1) of a slot's requests are answered. */
export function latencyQuantile(
    of: Selection,
    window: string,
    quantile: number,
    slot: Slot,
): string {
    return `histogram_quantile(${quantile}, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${requestsOf(of, slot)}}[${window}])))`;
}

/** The same by version. */
export function latencyQuantileByVersion(of: Selection, window: string, quantile: number): string {
    return `histogram_quantile(${quantile}, sum by (le, destination_version) (rate(istio_request_duration_milliseconds_bucket{${requestsOf(of)}}[${window}])))`;
}

/** Pods of a slot that callers' sidecars have ejected, counted once per caller. */
export function ejectedPods(of: Selection, slot: Slot): string {
    return `sum(envoy_cluster_outlier_detection_ejections_active{${of.cluster(slot)}})`;
}

/** Requests per second to a slot that took longer than the route's timeout. */
export function timeoutRate(of: Selection, window: string, slot: Slot): string {
    return `sum(rate(envoy_cluster_upstream_rq_timeout{${of.cluster(slot)}}[${window}]))`;
}

/** Requests per second to a slot that Envoy rejected because a connection limit was reached. */
export function overflowRate(of: Selection, window: string, slot: Slot): string {
    return `sum(rate(envoy_cluster_upstream_rq_pending_overflow{${of.cluster(slot)}}[${window}]))`;
}
