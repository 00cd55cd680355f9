/** An event as CloudEvents 1.0 has it, in structured JSON over HTTP. */
import { CloudEvent, HTTP } from "cloudevents";
import type { Message } from "../http";
import type { EventName } from "../ports";
import type { Happened } from "./notifier";

/** Types of events, by what happened. */
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
export function cloudEvent(happened: Happened): Message {
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
