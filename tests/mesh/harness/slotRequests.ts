/** How many requests callers have sent to a slot, as a question to Prometheus. */
import type { Slot } from "../../../rollout/config/topics/roles";

export interface SlotRequests {
    readonly app: string;
    readonly namespace: string;
    readonly slot: Slot;
    /** How far back, as Prometheus writes it: "1m". At least two scrapes. */
    readonly window: string;
}

/**
 * PromQL for the requests that all callers' sidecars sent to a slot's subset in the window, by Istio's standard
 * metrics. No series at all means that no caller has ever sent one, or that nothing is scraped: that is not for this
 * number to tell apart.
 */
export function slotRequestsQuery({ app, namespace, slot, window }: SlotRequests): string {
    const labels = [
        'reporter="source"',
        `destination_service="${app}.${namespace}.svc.cluster.local"`,
        `destination_version="${slot}"`,
    ];
    return `sum(increase(istio_requests_total{${labels.join(",")}}[${window}]))`;
}
