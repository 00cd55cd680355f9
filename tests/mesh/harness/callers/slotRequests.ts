/** PromQL for the number of requests to a slot. */
import type { Slot } from "../../../../rollout/config/slots";

export interface SlotRequests {
    readonly app: string;
    readonly namespace: string;
    readonly slot: Slot;
    /** Range of the query, as a Prometheus duration ("1m"). At least two scrape intervals. */
    readonly window: string;
}

/**
 * PromQL for the requests that all callers' sidecars sent to a slot's subset in the window, from Istio's standard
 * metrics. An empty result means either that no caller has sent a request or that Prometheus scrapes nothing.
 */
export function slotRequestsQuery({ app, namespace, slot, window }: SlotRequests): string {
    const labels = [
        'reporter="source"',
        `destination_service="${app}.${namespace}.svc.cluster.local"`,
        `destination_version="${slot}"`,
    ];
    return `sum(increase(istio_requests_total{${labels.join(",")}}[${window}]))`;
}
