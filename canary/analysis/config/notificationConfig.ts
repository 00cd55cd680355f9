/** Config: who is told about a rollout. */
import type { z } from "zod";
import { doc, duration, integer, listOf, mapping, oneOf } from "../../../rollout/config/fields";
import { url } from "./url";

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
            "`slack` is an incoming webhook; `cloudevents` is HTTP with structured CloudEvents.",
        ),
        url: doc(url(), "URL to POST to. A Slack webhook's URL is a secret: encrypt it."),
        events: doc(listOf("events", oneOf(NOTIFICATIONS)).optional(), "Events to send.", "all"),
        timeout: doc(duration("1s", "1m").default("5s"), "Timeout of a call."),
        retries: doc(integer(0, 10).default(2), "Retries of a call that fails."),
    }),
).default([]);

export type NotificationConfig = z.output<typeof notificationsSchema>[number];
