/** Config: gates, the checks that a phase must pass besides the analysis. */
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
import { url } from "./url";

const TYPES = ["webhook", "approval", "schedule", "load"] as const;
const type = oneAmong(TYPES);
const phases = () =>
    doc(
        listOf("weights", integer(0, 100))
            .refine((list) => list.length > 0, "a list of at least one weight")
            .optional(),
        "Weights to which the gate applies.",
        "all",
    );
const retries = () =>
    doc(integer(0, 20).default(3), "Number of retries after a server or connection error.");
const timeout = () => doc(duration("1s", "1h").default("10s"), "Timeout per attempt.");
const signingKey = () =>
    doc(
        text().optional(),
        "Key for the HMAC-SHA256 signature in the `X-Canary-Signature` header. Encrypt it.",
    );

const webhookSchema = mapping({
    type: doc(type("webhook"), "Calls a service that allows or rejects a phase."),
    name: doc(text(), "Name of the gate in messages and the report."),
    url: doc(url(), "URL that the driver POSTs to."),
    when: doc(
        oneOf(["before", "after"]).default("before"),
        "`before`: before a phase begins. `after`: after its analysis has passed.",
    ),
    phases: phases(),
    timeout: timeout(),
    retries: retries(),
    secret: signingKey(),
});

const approvalSchema = mapping({
    type: doc(type("approval"), "Waits for `istio-canary approve`."),
    name: doc(text().default("approval"), "Name of the gate in messages and the report."),
    phases: phases(),
});

const DAY = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const TIME = "([01]\\d|2[0-3]):[0-5]\\d";
const WINDOW = new RegExp(`^${DAY}(-${DAY})? ${TIME}-${TIME}$`);
const TIME_ZONE = "a time zone, such as Europe/London";

const scheduleSchema = mapping({
    type: doc(type("schedule"), "Allows a phase to begin only in a time window."),
    name: doc(text().default("schedule"), "Name of the gate in messages and the report."),
    windows: doc(
        listOf("windows", pattern(WINDOW, 'a window, such as "Mon-Fri 09:00-17:00"')).refine(
            (list) => list.length > 0,
            "a list of at least one window",
        ),
        'Windows in which a phase may begin, such as `"Mon-Fri 09:00-17:00"`.',
    ),
    timeZone: doc(
        z.string({ error: TIME_ZONE }).refine(isTimeZone, TIME_ZONE).default("UTC"),
        "Time zone of the windows.",
    ),
    phases: phases(),
});

const loadSchema = mapping({
    type: doc(type("load"), "Calls a load generator when a phase has too little traffic."),
    name: doc(text().default("load"), "Name of the gate in messages and the report."),
    url: doc(url(), "URL that the driver POSTs to."),
    timeout: timeout(),
    retries: retries(),
    secret: signingKey(),
});

export const gatesSchema = listOf(
    "gates",
    z.discriminatedUnion("type", [webhookSchema, approvalSchema, scheduleSchema, loadSchema], {
        error: `a mapping with the key \`type\`: one of ${TYPES.join(", ")}`,
    }),
).default([]);

export type GateConfig = z.output<typeof gatesSchema>[number];

function isTimeZone(name: string): boolean {
    try {
        return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
    } catch {
        return false;
    }
}
