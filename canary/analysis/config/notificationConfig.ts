/** Config: receivers of rollout events, and pages to link to. */
import { z } from "zod";
import {
    doc,
    duration,
    integer,
    listOf,
    mapping,
    oneAmong,
    oneOf,
    pattern,
    text,
} from "../../../rollout/config/fields";
import { httpUrl, url } from "./url";

export const NOTIFICATIONS = [
    "started",
    "phase",
    "verdict",
    "waiting",
    "rolledBack",
    "promoted",
    "held",
] as const;

const TYPES = [
    "slack",
    "teams",
    "discord",
    "pagerduty",
    "webhook",
    "cloudevents",
    "cdevents",
] as const;

const type = oneAmong(TYPES);
const address = (description: string) => doc(url(), description);

const common = () => ({
    events: doc(listOf("events", oneOf(NOTIFICATIONS)).optional(), "Events to send.", "all"),
    timeout: doc(duration("1s", "1m").default("5s"), "Timeout per attempt."),
    retries: doc(
        integer(0, 10).default(2),
        "Number of retries after a 429, a server error or a connection error.",
    ),
});

const SECRET_URL = "The webhook's URL. Encrypt it, because it is a secret.";

const receivers = [
    mapping({
        type: doc(type("slack"), "Incoming webhook of Slack, Mattermost or Rocket.Chat."),
        url: address(SECRET_URL),
        ...common(),
    }),
    mapping({
        type: doc(
            type("teams"),
            "Workflow of Microsoft Teams that is started by a webhook request.",
        ),
        url: address(SECRET_URL),
        ...common(),
    }),
    mapping({
        type: doc(type("discord"), "Webhook of a Discord channel."),
        url: address(SECRET_URL),
        ...common(),
    }),
    mapping({
        type: doc(
            type("pagerduty"),
            "Events API v2 of PagerDuty. One alert per app: `waiting`, `rolledBack` and `held` open it; `started`, `phase` and `promoted` resolve it.",
        ),
        routingKey: doc(text(), "Integration key of the PagerDuty service. Encrypt it."),
        url: doc(
            url().default("https://events.pagerduty.com/v2/enqueue"),
            "Address of the Events API; another one for the EU region.",
        ),
        ...common(),
    }),
    mapping({
        type: doc(type("webhook"), "Webhook as in Standard Webhooks 1.0."),
        url: address("URL that the driver POSTs to."),
        secret: doc(
            pattern(
                /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/,
                "`whsec_` and 24 to 64 bytes in Base64",
            ).optional(),
            "Signing secret. Encrypt it.",
        ),
        ...common(),
    }),
    mapping({
        type: doc(type("cloudevents"), "Structured CloudEvents over HTTP."),
        url: address("URL that the driver POSTs to."),
        ...common(),
    }),
    mapping({
        type: doc(
            type("cdevents"),
            "CDEvents in CloudEvents: `service.upgraded` after a promotion, `service.rolledback` after a rollback.",
        ),
        url: address("URL that the driver POSTs to."),
        ...common(),
    }),
] as const;

export const notificationsSchema = listOf(
    "receivers",
    z.discriminatedUnion("type", receivers, {
        error: `a mapping with the key \`type\`: one of ${TYPES.join(", ")}`,
    }),
).default([]);

export type NotificationConfig = z.output<typeof notificationsSchema>[number];

export const linksSchema = listOf(
    "links",
    mapping({
        name: doc(text(), "Text of the link, such as `dashboard`."),
        url: doc(httpUrl(), "Address of the page, without credentials."),
    }),
).default([]);
