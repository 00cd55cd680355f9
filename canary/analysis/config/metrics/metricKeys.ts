/** Config: keys that several kinds of custom metrics have. */
import {
    boolean,
    doc,
    duration,
    integer,
    number,
    oneAmong,
    oneOf,
    pattern,
} from "../../../../rollout/config/fields";

export const PROVIDERS = ["prometheus", "web", "datadog", "newRelic", "cloudWatch", "job"] as const;
export type Provider = (typeof PROVIDERS)[number];

export const provider = oneAmong(PROVIDERS);

/** Keys of each metric. */
export const COMMON = {
    name: doc(
        pattern(/^[A-Za-z][\w-]{0,62}$/, 'a name of letters, digits, "-" and "_"'),
        "Name of the metric in messages and the report.",
    ),
    dryRun: doc(
        boolean().default(false),
        "Whether to judge and report the metric only: it neither rolls back nor holds a phase.",
    ),
    samples: doc(
        integer(1, 1_000).default(3),
        "For a `gauge`: number of consecutive samples beyond a limit after which the driver rolls back. Samples within one `window` count as one.",
    ),
    better: doc(
        oneOf(["lower", "higher"]).default("lower"),
        "Whether lower or higher values are better.",
    ),
    ratio: doc(
        number(0, 1_000).optional(),
        "For a `gauge`: limit of the canary's value, as a multiple of the stable's.",
    ),
    limit: doc(
        number(-1e15, 1e15).optional(),
        "For a `gauge`: absolute limit of the canary's value.",
    ),
};

/** Keys of metrics whose provider has totals. */
export const COUNTED = {
    kind: doc(
        oneOf(["counter", "gauge"]).default("gauge"),
        "`counter`: a total that only grows, judged by the same sequential test as failures. `gauge`: a value that is compared with `ratio` and `limit`.",
    ),
    margin: doc(
        number(0, 0.5).default(0.001),
        "For a `counter`: how much worse the canary's share may be than the stable's.",
    ),
    falseRollback: doc(
        number(1e-6, 0.2).default(0.005),
        "For a `counter`: maximum probability of rolling back a canary that is no worse than `margin` allows.",
    ),
};

export const placeholders =
    "The driver replaces `{{version}}`, `{{app}}` and `{{namespace}}` with the slot, the app and its namespace.";
export const interval = (fallback: string) =>
    doc(duration("1s", "24h").default(fallback), "Minimum time between two queries.");
export const timeout = () => doc(duration("1s", "5m").default("10s"), "Query timeout.");
