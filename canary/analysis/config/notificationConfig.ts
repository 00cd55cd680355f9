/** Config: receivers of rollout events, and pages to link to. */
import type { z } from "zod";
import {
    doc,
    duration,
    integer,
    listOf,
    mapping,
    oneOf,
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

export const notificationsSchema = listOf(
    "receivers",
    mapping({
        type: doc(
            oneOf(["slack", "cloudevents"]),
            "`slack`: incoming webhook. `cloudevents`: structured CloudEvents over HTTP.",
        ),
        url: doc(
            url(),
            "URL that the driver POSTs to. Encrypt a Slack webhook's URL, because it is a secret.",
        ),
        events: doc(listOf("events", oneOf(NOTIFICATIONS)).optional(), "Events to send.", "all"),
        timeout: doc(duration("1s", "1m").default("5s"), "Timeout per attempt."),
        retries: doc(
            integer(0, 10).default(2),
            "Number of retries after a 429, a server error or a connection error.",
        ),
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
