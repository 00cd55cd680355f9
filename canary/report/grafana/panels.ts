/** The panels of a rollout's dashboard, as data. They show versions instead of roles, so that they are the same in every phase. */
import { SLOTS } from "../../../rollout/config/slots";
import {
    ejectedPods,
    errorShareByVersion,
    latencyQuantileByVersion,
    overflowRate,
    type RolloutMetrics,
    requestRateByCode,
    requestRateBySource,
    requestRateByVersion,
    shareByVersion,
    timeoutRate,
} from "../../analysis/counts/queries";

export interface PanelQuery {
    readonly expr: string;
    /** In Grafana's format: `{{destination_version}}`. */
    readonly legend: string;
}

export interface Panel {
    readonly title: string;
    /** What the panel shows, and which values are normal. */
    readonly description: string;
    /** Grafana's name for the unit. */
    readonly unit: "percentunit" | "reqps" | "ms" | "short";
    readonly queries: readonly PanelQuery[];
}

const VERSION = "{{destination_version}}";

/** @param window of the rates: a duration, or a Grafana variable. */
export function panels(watched: RolloutMetrics, window = "$__rate_interval"): Panel[] {
    const each = (suffix: string, of: (slot: (typeof SLOTS)[number]) => string) =>
        SLOTS.map((slot) => ({ expr: of(slot), legend: `${slot}${suffix}` }));
    return [
        {
            title: "Share of requests",
            description:
                "Measured share of each version. The canary's should be close to its weight in every phase.",
            unit: "percentunit",
            queries: [{ expr: shareByVersion(watched, window), legend: VERSION }],
        },
        {
            title: "Requests",
            description: "Requests by version, counted by the callers' sidecars.",
            unit: "reqps",
            queries: [{ expr: requestRateByVersion(watched, window), legend: VERSION }],
        },
        {
            title: "Failed requests",
            description:
                "Share of each version's requests that failed: 5xx, no response, or a gRPC status that is the server's fault.",
            unit: "percentunit",
            queries: [{ expr: errorShareByVersion(watched, window), legend: VERSION }],
        },
        {
            title: "Request duration",
            description: "Median and 99th percentile, measured by the callers' sidecars.",
            unit: "ms",
            queries: [0.5, 0.99].map((quantile) => ({
                expr: latencyQuantileByVersion(watched, window, quantile),
                legend: `${VERSION} p${quantile * 100}`,
            })),
        },
        {
            title: "Responses",
            description: "Requests by version and response code.",
            unit: "reqps",
            queries: [
                {
                    expr: requestRateByCode(watched, window),
                    legend: `${VERSION} {{response_code}}`,
                },
            ],
        },
        {
            title: "Callers",
            description: "Requests by calling workload and version.",
            unit: "reqps",
            queries: [
                {
                    expr: requestRateBySource(watched, window),
                    legend: `{{source_workload_namespace}}/{{source_workload}} to ${VERSION}`,
                },
            ],
        },
        {
            title: "Ejected pods",
            description: "Pods ejected by outlier detection, counted once per caller. Normally 0.",
            unit: "short",
            queries: each("", (slot) => ejectedPods(watched, slot)),
        },
        {
            title: "Timeouts and rejections",
            description:
                "Requests that exceeded the route's timeout, and requests that Envoy rejected at a connection limit.",
            unit: "reqps",
            queries: [
                ...each(" timeout", (slot) => timeoutRate(watched, window, slot)),
                ...each(" rejected", (slot) => overflowRate(watched, window, slot)),
            ],
        },
    ];
}
