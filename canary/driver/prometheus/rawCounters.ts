/** The queries of a sample: Istio's standard metrics as raw counters, not as rates. */
import { workloadName } from "../../../rollout/config/names";
import { SLOTS, type Slot } from "../../../rollout/config/slots";
import { opposite } from "../../analysis/config/matcher";
import type { MetricOf } from "../../analysis/config/metricConfig";
import { literal, type RolloutMetrics, serviceMatcher } from "../../analysis/counts/queries";
import { fill } from "../metricSources/placeholders";

/** Labels that counting needs; all others are dropped. */
export const NEEDED_LABELS: readonly string[] = [
    ...["cluster", "namespace", "pod", "instance"],
    ...["destination_version", "response_code", "grpc_response_status", "le"],
];

type Service = Omit<RolloutMetrics, "port">;

export interface RawCounters {
    /** Counted by the callers' sidecars: one per request, including requests that never arrived. */
    readonly requests: string;
    readonly durations: string;
    /** Counted by the versions' own sidecars: one per attempt, excluding requests that never arrived. */
    readonly received: string;
}

/** Selectors without a range. @param exclude matchers of requests to leave out. */
export function rawCounters(service: Service, exclude: readonly string[]): RawCounters {
    const from = (reporter: string) =>
        [`reporter="${reporter}"`, serviceMatcher(service), ...exclude.map(opposite)].join(",");
    const workload = (slot: Slot) =>
        literal(service.workloads?.[slot]?.name ?? workloadName(service.app, slot));
    const received = [
        'reporter="destination"',
        `destination_workload_namespace="${service.namespace}"`,
        `destination_workload=~"${SLOTS.map(workload).join("|")}"`,
        ...exclude.map(opposite),
    ].join(",");
    return {
        requests: `istio_requests_total{${from("source")}}`,
        durations: `istio_request_duration_milliseconds_bucket{${from("source")}}`,
        received: `istio_requests_total{${received}}`,
    };
}

/** The queries of a metric, each with the field of `CustomValue` that it fills. */
export function customQueries(
    { query, of }: Pick<MetricOf<"prometheus">, "query" | "of">,
    service: Service,
    slots: { readonly canary: Slot; readonly stable: Slot },
): readonly {
    readonly field: "canary" | "stable" | "canaryOf" | "stableOf";
    readonly query: string;
}[] {
    const queryFor = (role: "canary" | "stable", text: string) =>
        fill(text, { ...service, version: slots[role] });
    return [
        { field: "canary", query: queryFor("canary", query) },
        { field: "stable", query: queryFor("stable", query) },
        ...(of === undefined
            ? []
            : ([
                  { field: "canaryOf", query: queryFor("canary", of) },
                  { field: "stableOf", query: queryFor("stable", of) },
              ] as const)),
    ];
}
