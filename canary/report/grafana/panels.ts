/** What a dashboard of a rollout shows, as data. It is by version and not by role, so that it is the same in every phase. */
import { SLOTS } from "../../../rollout/config/topics/roles";
import {
    durationByVersion,
    ejectedPods,
    errorShareByVersion,
    overflowRate,
    requestRateByCode,
    requestRateBySource,
    requestRateByVersion,
    shareByVersion,
    timeoutRate,
    type Watched,
} from "../../analysis/counts/queries";

export interface PanelQuery {
    readonly expr: string;
    /** As Grafana writes it: `{{destination_version}}`. */
    readonly legend: string;
}

export interface Panel {
    readonly title: string;
    /** What it tells, and when to worry. */
    readonly description: string;
    /** Grafana's name of the unit. */
    readonly unit: "percentunit" | "reqps" | "ms" | "short";
    readonly queries: readonly PanelQuery[];
}

const VERSION = "{{destination_version}}";

/** @param window of rates: a duration, or Grafana's variable for one. */
export function panels(watched: Watched, window = "$__rate_interval"): Panel[] {
    const each = (what: string, of: (slot: (typeof SLOTS)[number]) => string) =>
        SLOTS.map((slot) => ({ expr: of(slot), legend: `${slot}${what}` }));
    return [
        {
            title: "Share of requests",
            description: "What each version really gets; near the weight in every phase.",
            unit: "percentunit",
            queries: [{ expr: shareByVersion(watched, window), legend: VERSION }],
        },
        {
            title: "Requests",
            description: "By version, as callers send them.",
            unit: "reqps",
            queries: [{ expr: requestRateByVersion(watched, window), legend: VERSION }],
        },
        {
            title: "Failed requests",
            description: "Share of each version's requests that callers saw fail with a 5xx.",
            unit: "percentunit",
            queries: [{ expr: errorShareByVersion(watched, window), legend: VERSION }],
        },
        {
            title: "Duration",
            description: "How long callers wait: half of the requests, and 99 of 100.",
            unit: "ms",
            queries: [0.5, 0.99].map((quantile) => ({
                expr: durationByVersion(watched, window, quantile),
                legend: `${VERSION} p${quantile * 100}`,
            })),
        },
        {
            title: "Answers",
            description: "Requests by version and status.",
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
            description: "Who sends to which version.",
            unit: "reqps",
            queries: [
                {
                    expr: requestRateBySource(watched, window),
                    legend: `{{source_workload_namespace}}/{{source_workload}} to ${VERSION}`,
                },
            ],
        },
        {
            title: "Pods left out",
            description: "By outlier detection, counted once per caller; 0 when all is well.",
            unit: "short",
            queries: each("", (slot) => ejectedPods(watched, slot)),
        },
        {
            title: "Timeouts and refusals",
            description: "Requests that took longer than the timeout, or met a connection limit.",
            unit: "reqps",
            queries: [
                ...each(" timeout", (slot) => timeoutRate(watched, window, slot)),
                ...each(" over the limit", (slot) => overflowRate(watched, window, slot)),
            ],
        },
    ];
}
