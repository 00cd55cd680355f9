/** An event in CloudEvents 1.0, as structured JSON over HTTP. */
import { CloudEvent, HTTP } from "cloudevents";
import type { Message } from "../http";
import type { EventName } from "../ports";
import type { RolloutEvent } from "./rolloutEvent";

/** CloudEvents types by event. */
export const EVENT_TYPES: Readonly<Record<EventName, string>> = {
    started: "rollout.started",
    phase: "rollout.phase",
    verdict: "rollout.verdict",
    waiting: "rollout.waiting",
    rolledBack: "rollout.rolledback",
    promoted: "rollout.promoted",
    held: "rollout.held",
};

/** `source` is `/rollouts/<namespace>/<app>`, `subject` the rollout's id; data has weight, reason, stack. */
export function cloudEvent(happened: RolloutEvent): Message {
    const { key, event, id, app, namespace, stack, weight, reason, at } = happened;
    const { headers, body } = HTTP.structured(
        new CloudEvent({
            id: key,
            source: `/rollouts/${namespace}/${app}`,
            type: EVENT_TYPES[event],
            subject: id,
            time: new Date(at).toISOString(),
            datacontenttype: "application/json",
            data: { rollout: id, app, namespace, stack, weight, reason },
        }),
    );
    return { headers: headers as Record<string, string>, body: String(body) };
}
