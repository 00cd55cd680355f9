/** Questions to Prometheus about one rollout, by Istio's standard metrics as the callers' sidecars count them. */
import type { Slot } from "../../../rollout/config/topics/roles";

/** A rollout, as far as its metrics are concerned. */
export interface Watched {
    readonly app: string;
    readonly namespace: string;
    readonly port: number;
}

/** Label matchers of a rollout's requests: those of one slot, or of both. */
function requestsOf({ app, namespace }: Watched, slot?: Slot, ...more: string[]): string {
    return [
        'reporter="source"',
        `destination_service="${app}.${namespace}.svc.cluster.local"`,
        slot === undefined ? 'destination_version=~"v1|v2"' : `destination_version="${slot}"`,
        ...more,
    ].join(",");
}

const FAILED = 'response_code=~"5.."';

/** Requests per second to a slot, or to both. */
export function requestRate(watched: Watched, window: string, slot?: Slot): string {
    return `sum(rate(istio_requests_total{${requestsOf(watched, slot)}}[${window}]))`;
}

/** Requests per second by version. */
export function requestRateByVersion(watched: Watched, window: string): string {
    return `sum by (destination_version) (rate(istio_requests_total{${requestsOf(watched)}}[${window}]))`;
}

/** Requests per second by version and status. */
export function requestRateByCode(watched: Watched, window: string): string {
    return `sum by (destination_version, response_code) (rate(istio_requests_total{${requestsOf(watched)}}[${window}]))`;
}

/** Requests per second by version and by the workload that sends them. */
export function requestRateBySource(watched: Watched, window: string): string {
    return `sum by (destination_version, source_workload, source_workload_namespace) (rate(istio_requests_total{${requestsOf(watched)}}[${window}]))`;
}

/** Share of all requests by version, 0–1. */
export function shareByVersion(watched: Watched, window: string): string {
    return `${requestRateByVersion(watched, window)} / scalar(${requestRate(watched, window)})`;
}

/** Share of a slot's requests that failed with a server error, 0–1; nothing while it has no requests. */
export function errorShare(watched: Watched, window: string, slot: Slot): string {
    const failed = `sum(rate(istio_requests_total{${requestsOf(watched, slot, FAILED)}}[${window}]))`;
    return `(${failed} or vector(0)) / (${requestRate(watched, window, slot)} > 0)`;
}

/** The same by version; 0 where no request has ever failed. */
export function errorShareByVersion(watched: Watched, window: string): string {
    const all = requestRateByVersion(watched, window);
    const failed = `sum by (destination_version) (rate(istio_requests_total{${requestsOf(watched, undefined, FAILED)}}[${window}]))`;
    return `(${failed} or ${all} * 0) / (${all} > 0)`;
}

/** Milliseconds within which `quantile` (0–1) of a slot's requests are answered. */
export function duration(watched: Watched, window: string, quantile: number, slot: Slot): string {
    return `histogram_quantile(${quantile}, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${requestsOf(watched, slot)}}[${window}])))`;
}

/** The same by version. */
export function durationByVersion(watched: Watched, window: string, quantile: number): string {
    return `histogram_quantile(${quantile}, sum by (le, destination_version) (rate(istio_request_duration_milliseconds_bucket{${requestsOf(watched)}}[${window}])))`;
}

/** Envoy's own statistics are told apart by the subset's cluster. */
function clusterOf({ app, namespace, port }: Watched, slot: Slot): string {
    return `cluster_name="outbound|${port}|${slot}|${app}.${namespace}.svc.cluster.local"`;
}

/** Pods of a slot that callers' sidecars leave out, each counted once per caller. */
export function ejectedPods(watched: Watched, slot: Slot): string {
    return `sum(envoy_cluster_outlier_detection_ejections_active{${clusterOf(watched, slot)}})`;
}

/** Requests per second to a slot that took longer than the route's timeout. */
export function timeoutRate(watched: Watched, window: string, slot: Slot): string {
    return `sum(rate(envoy_cluster_upstream_rq_timeout{${clusterOf(watched, slot)}}[${window}]))`;
}

/** Requests per second to a slot that were refused because the connection limits were reached. */
export function overflowRate(watched: Watched, window: string, slot: Slot): string {
    return `sum(rate(envoy_cluster_upstream_rq_pending_overflow{${clusterOf(watched, slot)}}[${window}]))`;
}
