/** What the driver talks to: Prometheus, gates, receivers of notifications. */
import { z } from "zod";
import { duration, integer, mapping, oneOf, text } from "../../../rollout/config/fields";

const url = () =>
    z
        .string({ error: "must be an http or https URL" })
        .regex(/^https?:\/\/\S+$/, "must be an http or https URL");
const names = () =>
    z.record(z.string(), z.string({ error: "must be a text; quote it" }), {
        error: "must be a mapping of names to texts",
    });

export const prometheusSchema = mapping({
    /** Unless given: PROMETHEUS_URL. A path before /api/v1 is kept, as Mimir's /prometheus. */
    url: url().optional(),
    /** Samples older than this are no answer. */
    staleAfter: duration("1s", "1h").default("1m"),
    timeout: duration("1s", "5m").default("10s"),
    /** Such as X-Scope-OrgID. */
    headers: names().default({}),
    bearerToken: text().optional(),
    bearerTokenFile: text().optional(),
    username: text().optional(),
    password: text().optional(),
    /** Files in PEM. */
    caFile: text().optional(),
    certFile: text().optional(),
    keyFile: text().optional(),
});

const phases = z
    .array(integer(0, 100), { error: "must be a list of weights" })
    .refine((list) => list.length > 0, "must name a weight")
    .optional();

function isTimeZone(name: string): boolean {
    try {
        return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
    } catch {
        return false;
    }
}

const webhookSchema = mapping({
    type: z.literal("webhook"),
    name: text(),
    url: url(),
    when: oneOf(["before", "after"]).default("before"),
    /** Unless given: every phase of the ladder. */
    phases,
    timeout: duration("1s", "1h").default("10s"),
    retries: integer(0, 20).default(3),
    /** Key of the signature HMAC-SHA256 in the header X-Canary-Signature. */
    secret: text().optional(),
});
const approvalSchema = mapping({
    type: z.literal("approval"),
    name: text().default("approval"),
    /** Before these weights. */
    phases,
});
const scheduleSchema = mapping({
    type: z.literal("schedule"),
    name: text().default("schedule"),
    /** When a phase may begin, as "Mon-Fri 09:00-17:00". */
    windows: z
        .array(
            z
                .string({ error: 'must be a window such as "Mon-Fri 09:00-17:00"' })
                .regex(
                    /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))? ([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
                    'must be a window such as "Mon-Fri 09:00-17:00"',
                ),
            { error: "must be a list of windows" },
        )
        .refine((list) => list.length > 0, "must have a window"),
    timeZone: z
        .string({ error: "must be a time zone such as Europe/London" })
        .refine(isTimeZone, "must be a time zone such as Europe/London")
        .default("UTC"),
    phases,
});
/** Called when a phase has too little traffic to be judged, so that it may send some. */
const loadSchema = mapping({
    type: z.literal("load"),
    name: text().default("load"),
    url: url(),
    timeout: duration("1s", "1h").default("10s"),
    retries: integer(0, 20).default(3),
    secret: text().optional(),
});

export const gatesSchema = z
    .array(
        z.discriminatedUnion("type", [webhookSchema, approvalSchema, scheduleSchema, loadSchema], {
            error: "must have a type of webhook, approval, schedule, load",
        }),
        { error: "must be a list of gates" },
    )
    .default([]);

export const notificationsSchema = z
    .array(
        mapping({
            type: oneOf(["slack", "cloudevents"]),
            url: url(),
            /** Unless given: all. */
            events: z
                .array(
                    oneOf([
                        "started",
                        "phase",
                        "verdict",
                        "waiting",
                        "rolledBack",
                        "promoted",
                        "held",
                    ]),
                    {
                        error: "must be a list of events",
                    },
                )
                .optional(),
            timeout: duration("1s", "1m").default("5s"),
            retries: integer(0, 10).default(2),
        }),
        { error: "must be a list of receivers" },
    )
    .default([]);

export type PrometheusConfig = z.output<typeof prometheusSchema>;
export type GateConfig = z.output<typeof gatesSchema>[number];
export type NotificationConfig = z.output<typeof notificationsSchema>[number];
