/** A webhook that follows Standard Webhooks 1.0: https://www.standardwebhooks.com */
import { createHmac } from "node:crypto";
import { jsonMessage, type Message } from "../http";
import { EVENT_TYPES, eventData, type RolloutEvent } from "./rolloutEvent";

/**
 * Signed with the secret, if there is one: HMAC-SHA256 of id, timestamp and body.
 * @param secret `whsec_` and the key in Base64.
 * @param now the time of the attempt, milliseconds since the epoch.
 */
export function standardWebhook(
    happened: RolloutEvent,
    secret: string | undefined,
    now: number,
): Message {
    const { key, event, at } = happened;
    const timestamp = new Date(at).toISOString();
    const data = eventData(happened);
    const { headers, body } = jsonMessage({ type: EVENT_TYPES[event], timestamp, data });
    const seconds = String(Math.floor(now / 1_000));
    const signed = { ...headers, "webhook-id": key, "webhook-timestamp": seconds };
    if (secret === undefined) return { headers: signed, body };
    const bytes = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    const digest = createHmac("sha256", bytes).update(`${key}.${seconds}.${body}`).digest("base64");
    return { headers: { ...signed, "webhook-signature": `v1,${digest}` }, body };
}
