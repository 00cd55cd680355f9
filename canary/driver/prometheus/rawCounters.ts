/** What is asked of Prometheus at a look: Istio's standard metrics as they were scraped, not as rates. */
import type { Slot } from "../../../rollout/config/topics/roles";
import type { CustomMetric } from "../../analysis/config/analysis";
import { opposite } from "../../analysis/config/matcher";
import type { Watched } from "../../analysis/counts/queries";

/** Labels that counting needs; the others only make answers larger. */
export const NEEDED_LABELS: readonly string[] = [
    ...["cluster", "namespace", "pod", "instance"],
    ...["destination_version", "response_code", "grpc_response_status", "le"],
];

type Service = Pick<Watched, "app" | "namespace">;

export interface RawCounters {
    /** As the callers' sidecars count: one per request, what never arrived included. */
    readonly requests: string;
    readonly durations: string;
    /** As the versions' own sidecars count: every try, and nothing of what never arrived. */
    readonly received: string;
}

/** Selectors, without a range; `exclude` are matchers of requests to leave out. */
export function rawCounters(service: Service, exclude: readonly string[]): RawCounters {
    const from = (reporter: string) =>
        [
            `reporter="${reporter}"`,
            `destination_service="${service.app}.${service.namespace}.svc.cluster.local"`,
            ...exclude.map(opposite),
        ].join(",");
    const received = [
        'reporter="destination"',
        `destination_workload_namespace="${service.namespace}"`,
        `destination_workload=~"${service.app}-v1|${service.app}-v2"`,
        ...exclude.map(opposite),
    ].join(",");
    return {
        requests: `istio_requests_total{${from("source")}}`,
        durations: `istio_request_duration_milliseconds_bucket{${from("source")}}`,
        received: `istio_requests_total{${received}}`,
    };
}

/** A query of the user's own, for one version. */
export function customQuery(query: string, { app, namespace }: Service, version: Slot): string {
    return query
        .replaceAll("{{version}}", version)
        .replaceAll("{{app}}", app)
        .replaceAll("{{namespace}}", namespace);
}

/** The queries of a metric, by the field of its value that they are for. */
export function customQueries(
    { query, of }: Pick<CustomMetric, "query" | "of">,
    service: Service,
    slots: { readonly canary: Slot; readonly stable: Slot },
): readonly {
    readonly field: "canary" | "stable" | "canaryOf" | "stableOf";
    readonly query: string;
}[] {
    const asked = (role: "canary" | "stable", text: string) =>
        customQuery(text, service, slots[role]);
    return [
        { field: "canary", query: asked("canary", query) },
        { field: "stable", query: asked("stable", query) },
        ...(of === undefined
            ? []
            : ([
                  { field: "canaryOf", query: asked("canary", of) },
                  { field: "stableOf", query: asked("stable", of) },
              ] as const)),
    ];
}
