/** An event in CloudEvents 1.0, as structured JSON over HTTP. */
import { CloudEvent, HTTP } from "cloudevents";
import type { Message } from "../http";
import { EVENT_TYPES, eventData, type RolloutEvent } from "./rolloutEvent";

/** `source` is `/rollouts/<namespace>/<app>`, `subject` the rollout's id; data has weight, reason, stack. */
export function cloudEvent(happened: RolloutEvent): Message {
    const { key, event, id, app, namespace, at } = happened;
    return structured({
        id: key,
        source: `/rollouts/${namespace}/${app}`,
        type: EVENT_TYPES[event],
        subject: id,
        time: new Date(at).toISOString(),
        data: eventData(happened),
    });
}

export function structured(event: {
    readonly id: string;
    readonly source: string;
    readonly type: string;
    readonly subject: string;
    readonly time: string;
    readonly data: object;
}): Message {
    const { headers, body } = HTTP.structured(
        new CloudEvent({ ...event, datacontenttype: "application/json" }),
    );
    return { headers: headers as Record<string, string>, body: String(body) };
}
