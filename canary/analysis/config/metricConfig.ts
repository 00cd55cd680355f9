/** Config: custom metrics, which the driver queries for each version. */
import type { z } from "zod";
import {
    boolean,
    doc,
    duration,
    integer,
    mapping,
    number,
    oneOf,
    pattern,
    text,
} from "../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../rollout/config/problems";

export const metricSchema = mapping({
    name: doc(
        pattern(/^[A-Za-z][\w-]{0,62}$/, 'a name of letters, digits, "-" and "_"'),
        "Name of the metric in messages and the report.",
    ),
    query: doc(
        text("a PromQL query"),
        "PromQL instant query with a single value. The driver replaces `{{version}}`, `{{app}}` and `{{namespace}}` with the slot, the app and its namespace.",
    ),
    of: doc(
        text("a PromQL query").optional(),
        "Required for a `counter`: query for the total that `query` is a share of, such as all orders for failed orders.",
    ),
    kind: doc(
        oneOf(["counter", "gauge"]).default("gauge"),
        "`counter`: a total that only grows, judged by the same sequential test as failures. `gauge`: a value that is compared with `ratio` and `limit`.",
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
    samples: doc(
        integer(1, 1_000).default(3),
        "For a `gauge`: number of consecutive samples beyond a limit after which the driver rolls back. Samples within one `window` count as one.",
    ),
    window: doc(
        duration("0s", "24h").optional(),
        "For a `gauge`: time that one value covers.",
        "the longest range in the query, such as `[2m]`, or `0s`",
    ),
    margin: doc(
        number(0, 0.5).default(0.001),
        "For a `counter`: how much worse the canary's share may be than the stable's.",
    ),
    dryRun: doc(
        boolean().default(false),
        "Whether to judge and report the metric only: it neither rolls back nor holds a phase.",
    ),
    falseRollback: doc(
        number(1e-6, 0.2).default(0.005),
        "For a `counter`: maximum probability of rolling back a canary that is no worse than `margin` allows.",
    ),
});

export type CustomMetric = z.output<typeof metricSchema>;

/** Relations between keys of a metric. */
export function metricRelations(
    { kind, of, ratio, limit }: CustomMetric,
    index: number,
): Problem[] {
    const path = ["analysis", "metrics", index];
    if (kind === "counter" && of === undefined) {
        const expected = "a PromQL query for the total of the counter";
        return [wrongValue([...path, "of"], expected, undefined)];
    }
    if (kind === "gauge" && ratio === undefined && limit === undefined) {
        const fix = "A gauge needs `ratio`, `limit` or both";
        return [wrongValue([...path, "ratio"], "a number from 0 to 1000", undefined, fix)];
    }
    return [];
}
