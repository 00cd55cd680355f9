/** Config: gates, which a phase needs besides the analysis. */
import { z } from "zod";
import {
    doc,
    duration,
    integer,
    listOf,
    mapping,
    oneOf,
    pattern,
    text,
} from "../../../rollout/config/fields";
import { url } from "./url";

const TYPES = ["webhook", "approval", "schedule", "load"] as const;
type GateType = (typeof TYPES)[number];

const type = <Type extends GateType>(name: Type, meaning: string) =>
    doc(z.literal(name, { error: `one of ${TYPES.join(", ")}` }), meaning);
const phases = () =>
    doc(
        listOf("weights", integer(0, 100))
            .refine((list) => list.length > 0, "a list of at least one weight")
            .optional(),
        "Weights that the gate guards.",
        "every phase",
    );
const retries = () => doc(integer(0, 20).default(3), "Retries of a call that gets no answer.");
const timeout = () => doc(duration("1s", "1h").default("10s"), "Timeout of a call.");
const signingKey = () =>
    doc(
        text().optional(),
        "Key of the HMAC-SHA256 signature in the header `X-Canary-Signature`. Encrypt it.",
    );

const webhookSchema = mapping({
    type: type("webhook", "Calls a service, which allows or refuses a phase."),
    name: doc(text(), "Name in the report."),
    url: doc(url(), "URL to POST to."),
    when: doc(
        oneOf(["before", "after"]).default("before"),
        "`before` a phase begins, or `after` its analysis passed.",
    ),
    phases: phases(),
    timeout: timeout(),
    retries: retries(),
    secret: signingKey(),
});

const approvalSchema = mapping({
    type: type("approval", "Waits until a person runs `istio-canary approve`."),
    name: doc(text().default("approval"), "Name in the report."),
    phases: phases(),
});

const DAY = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const TIME = "([01]\\d|2[0-3]):[0-5]\\d";
const WINDOW = new RegExp(`^${DAY}(-${DAY})? ${TIME}-${TIME}$`);
const TIME_ZONE = "a time zone, such as Europe/London";

const scheduleSchema = mapping({
    type: type("schedule", "Lets phases begin only at certain times."),
    name: doc(text().default("schedule"), "Name in the report."),
    windows: doc(
        listOf("windows", pattern(WINDOW, 'a window, such as "Mon-Fri 09:00-17:00"')).refine(
            (list) => list.length > 0,
            "a list of at least one window",
        ),
        'When a phase may begin: `"Mon-Fri 09:00-17:00"`.',
    ),
    timeZone: doc(
        z.string({ error: TIME_ZONE }).refine(isTimeZone, TIME_ZONE).default("UTC"),
        "Time zone of the windows.",
    ),
    phases: phases(),
});

const loadSchema = mapping({
    type: type("load", "Is called when a phase has too little traffic, so that it can send some."),
    name: doc(text().default("load"), "Name in the report."),
    url: doc(url(), "URL to POST to."),
    timeout: timeout(),
    retries: retries(),
    secret: signingKey(),
});

export const gatesSchema = listOf(
    "gates",
    z.discriminatedUnion("type", [webhookSchema, approvalSchema, scheduleSchema, loadSchema], {
        error: `a mapping with the key type: one of ${TYPES.join(", ")}`,
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
