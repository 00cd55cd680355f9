/** PagerDuty's Events API v2: https://developer.pagerduty.com/docs/send-alert-event */
import { jsonMessage, type Message } from "../http";
import type { EventName } from "../ports";
import { cut, eventData, eventTitle, type RolloutEvent } from "./rolloutEvent";

type Alert =
    | { readonly action: "trigger"; readonly severity: "critical" | "error" | "warning" }
    | { readonly action: "resolve" };

/** Events that open an alert, and those that resolve it. Nobody is paged for the others. */
const ALERTS: Readonly<Partial<Record<EventName, Alert>>> = {
    held: { action: "trigger", severity: "critical" },
    rolledBack: { action: "trigger", severity: "error" },
    waiting: { action: "trigger", severity: "warning" },
    started: { action: "resolve" },
    phase: { action: "resolve" },
    promoted: { action: "resolve" },
};

/** @returns undefined for an event that changes no alert. An app has one alert at a time. */
export function pagerDutyMessage(happened: RolloutEvent, routingKey: string): Message | undefined {
    const { event, app, namespace, reason, at } = happened;
    const alert = ALERTS[event];
    if (alert === undefined) return undefined;
    const common = {
        routing_key: routingKey,
        event_action: alert.action,
        dedup_key: cut(`istio-canary/${namespace}/${app}`, 255),
    };
    if (alert.action === "resolve") return jsonMessage(common);
    return jsonMessage({
        ...common,
        payload: {
            summary: cut(`${eventTitle(happened)}: ${reason}`, 1_024),
            source: `${namespace}/${app}`,
            severity: alert.severity,
            timestamp: new Date(at).toISOString(),
            component: app,
            group: namespace,
            class: event,
            custom_details: eventData(happened),
        },
        client: "istio-canary",
    });
}
