/** The panels of the rollouts' dashboard, as data. They show versions instead of roles, so that they are the same in every phase. */
import { SLOTS } from "../../../rollout/config/slots";
import {
    ejectedPods,
    errorShareByVersion,
    latencyQuantileByVersion,
    overflowRate,
    requestRate,
    requestRateByCode,
    requestRateBySource,
    requestRateByVersion,
    type Selection,
    shareByVersion,
    timeoutRate,
} from "../../analysis/counts/queries";

export interface PanelQuery {
    readonly expr: string;
    /** In Grafana's format: `{{destination_version}}`. */
    readonly legend: string;
}

export interface Panel {
    /** The last value of each series, or a graph. */
    readonly view: "stat" | "graph";
    readonly title: string;
    /** What the panel shows, and which values are normal. */
    readonly description: string;
    /** Grafana's name for the unit. */
    readonly unit: "percent" | "percentunit" | "reqps" | "ms" | "short";
    readonly queries: readonly PanelQuery[];
    /** Shows the names of the series in place of their values. Default: no. */
    readonly names?: boolean;
}

const VERSION = "{{destination_version}}";
const WINDOW = "$__rate_interval";

/** The rollout that the dashboard's variables select. With an HTTPRoute, each slot has a Service of its own. */
export const SELECTED: Selection = {
    service:
        'destination_service_namespace="$namespace",destination_service_name=~"$app(-v1|-v2)?"',
    cluster: (slot) =>
        `cluster_name=~"outbound[|][0-9]+[|](${slot}[|]\${app}|[|]\${app}-${slot})[.]\${namespace}[.]svc[.].+"`,
};

/**
 * A metric of the driver about the selected rollout. Has a value only while Prometheus scrapes the driver.
 * @param offset in PromQL: ` offset 1m`. Default: none.
 */
export function ofDriver(metric: string, matcher = "", offset = ""): string {
    const rollout = 'namespace="$namespace",app="$app"';
    const labels = [rollout, ...(matcher ? [matcher] : [])].join(",");
    const ofStack = `canary_rollout_info{${rollout},stack=~"$stack"}${offset}`;
    return `canary_rollout_${metric}{${labels}}${offset} and on (instance) ${ofStack}`;
}

export const PANELS: readonly Panel[] = [
    {
        view: "stat",
        title: "Weight",
        description: "The weight that callers have, by the driver's own metrics.",
        unit: "percent",
        queries: [{ expr: `max(${ofDriver("weight")})`, legend: "weight" }],
    },
    {
        view: "stat",
        title: "State",
        description: "State of the rollout, by the driver's own metrics.",
        unit: "short",
        queries: [{ expr: `(${ofDriver("state")}) == 1`, legend: "{{state}}" }],
        names: true,
    },
    {
        view: "stat",
        title: "Requests now",
        description: "Requests to both versions, counted by the callers' sidecars.",
        unit: "reqps",
        queries: [{ expr: requestRate(SELECTED, WINDOW), legend: "requests" }],
    },
    {
        view: "stat",
        title: "Failed now",
        description: "Share of each version's requests that failed.",
        unit: "percentunit",
        queries: [{ expr: errorShareByVersion(SELECTED, WINDOW), legend: VERSION }],
    },
    {
        view: "stat",
        title: "p99 now",
        description: "Duration of the 99th percentile of each version's requests.",
        unit: "ms",
        queries: [{ expr: latencyQuantileByVersion(SELECTED, WINDOW, 0.99), legend: VERSION }],
    },
    {
        view: "stat",
        title: "Cost of the rollout",
        description:
            "Failed canary requests beyond the stable's share, by the driver's own metrics.",
        unit: "short",
        queries: [{ expr: `max(${ofDriver("exposed_requests")})`, legend: "requests" }],
    },
    {
        view: "graph",
        title: "Share of requests",
        description:
            "Measured share of each version. The canary's should be close to its weight in every phase.",
        unit: "percentunit",
        queries: [{ expr: shareByVersion(SELECTED, WINDOW), legend: VERSION }],
    },
    {
        view: "graph",
        title: "Requests",
        description: "Requests by version, counted by the callers' sidecars.",
        unit: "reqps",
        queries: [{ expr: requestRateByVersion(SELECTED, WINDOW), legend: VERSION }],
    },
    {
        view: "graph",
        title: "Failed requests",
        description:
            "Share of each version's requests that failed: 5xx, no response, or a gRPC status that is the server's fault.",
        unit: "percentunit",
        queries: [{ expr: errorShareByVersion(SELECTED, WINDOW), legend: VERSION }],
    },
    {
        view: "graph",
        title: "Request duration",
        description: "Median and 99th percentile, measured by the callers' sidecars.",
        unit: "ms",
        queries: [0.5, 0.99].map((quantile) => ({
            expr: latencyQuantileByVersion(SELECTED, WINDOW, quantile),
            legend: `${VERSION} p${quantile * 100}`,
        })),
    },
    {
        view: "graph",
        title: "Responses",
        description: "Requests by version and response code.",
        unit: "reqps",
        queries: [
            { expr: requestRateByCode(SELECTED, WINDOW), legend: `${VERSION} {{response_code}}` },
        ],
    },
    {
        view: "graph",
        title: "Callers",
        description: "Requests by calling workload and version.",
        unit: "reqps",
        queries: [
            {
                expr: requestRateBySource(SELECTED, WINDOW),
                legend: `{{source_workload_namespace}}/{{source_workload}} to ${VERSION}`,
            },
        ],
    },
    {
        view: "graph",
        title: "Ejected pods",
        description: "Pods ejected by outlier detection, counted once per caller. Normally 0.",
        unit: "short",
        queries: SLOTS.map((slot) => ({ expr: ejectedPods(SELECTED, slot), legend: slot })),
    },
    {
        view: "graph",
        title: "Timeouts and rejections",
        description:
            "Requests that exceeded the route's timeout, and requests that Envoy rejected at a connection limit.",
        unit: "reqps",
        queries: [
            ...SLOTS.map((slot) => ({
                expr: timeoutRate(SELECTED, WINDOW, slot),
                legend: `${slot} timeout`,
            })),
            ...SLOTS.map((slot) => ({
                expr: overflowRate(SELECTED, WINDOW, slot),
                legend: `${slot} rejected`,
            })),
        ],
    },
];
