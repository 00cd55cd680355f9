/** Config: custom metrics from the services of monitoring vendors. */
import type { z } from "zod";
import { parseDuration } from "../../../../rollout/config/duration";
import {
    doc,
    duration,
    listOf,
    mapping,
    oneOf,
    pattern,
    text,
    texts,
} from "../../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../../rollout/config/problems";
import { COMMON, interval, placeholders, provider, timeout } from "./metricKeys";

const window = (shortest: string) =>
    doc(duration(shortest, "24h").default("5m"), "Time that one value covers.");

export const datadogMetric = mapping({
    provider: doc(provider("datadog"), "Datadog, with the keys of `canary:providers.datadog`."),
    ...COMMON,
    query: doc(
        text("a Datadog query"),
        `Query with a single series; its value is the mean of the points in \`window\`. ${placeholders}`,
    ),
    window: window("10s"),
    interval: interval("1m"),
    timeout: timeout(),
});

/** Names in quotes may contain the words. */
const QUOTED = /'[^']*'|`[^`]*`/g;
const OWN_CLAUSES = /\b(SINCE|UNTIL|TIMESERIES|FACET)\b/i;
const nrql = "an NRQL query without SINCE, UNTIL, TIMESERIES and FACET";

export const newRelicMetric = mapping({
    provider: doc(provider("newRelic"), "New Relic, with the keys of `canary:providers.newRelic`."),
    ...COMMON,
    query: doc(
        text(nrql).refine((query) => !OWN_CLAUSES.test(query.replace(QUOTED, "")), nrql),
        `NRQL query with a single value. The driver adds SINCE and UNTIL for \`window\`. ${placeholders}`,
    ),
    window: window("10s"),
    interval: interval("1m"),
    timeout: timeout(),
});

const cloudWatchQuery = mapping({
    id: doc(
        pattern(/^[a-z]\w{0,254}$/, "a name that starts with a lower-case letter"),
        "Name of the query in expressions.",
    ),
    expression: doc(
        text("a CloudWatch expression").optional(),
        "Metric math such as `errors / requests`, or a Metrics Insights query. Excludes the other keys.",
    ),
    namespace: doc(text().optional(), "Namespace of the metric, such as `AWS/ApplicationELB`."),
    metric: doc(text().optional(), "Name of the metric."),
    dimensions: doc(texts().default({}), `Dimensions of the metric. ${placeholders}`),
    statistic: doc(
        text("a statistic").optional(),
        "Statistic of the metric, such as `Sum`, `Average` or `p99`.",
    ),
});

export type CloudWatchQuery = z.output<typeof cloudWatchQuery>;

export const cloudWatchMetric = mapping({
    provider: doc(
        provider("cloudWatch"),
        "Amazon CloudWatch, with the credentials of `canary:providers.cloudWatch`.",
    ),
    ...COMMON,
    queries: doc(
        listOf("queries", cloudWatchQuery).refine((list) => list.length > 0, "at least one query"),
        "Queries. The value is that of the last one, the mean of its points in `window`.",
    ),
    period: doc(
        oneOf(["10s", "30s", "1m", "5m", "15m", "1h"]).default("1m"),
        "Time that one point covers.",
    ),
    window: window("1m"),
    interval: interval("1m"),
    timeout: timeout(),
});

const STATISTIC_KEYS = ["namespace", "metric", "statistic"] as const;

/** A query has either an expression, or a metric and its statistic. */
function queryProblems(path: readonly PropertyKey[], query: CloudWatchQuery): Problem[] {
    return STATISTIC_KEYS.flatMap((key): Problem[] => {
        const value = query[key];
        if (query.expression === undefined) {
            const expected = "a non-empty string, because there is no `expression`";
            return value === undefined ? [wrongValue([...path, key], expected, undefined)] : [];
        }
        const expected = "no value, because there is an `expression`";
        return value === undefined ? [] : [wrongValue([...path, key], expected, value)];
    });
}

/** Relations between keys of a metric. */
export function cloudWatchProblems(
    path: readonly PropertyKey[],
    { queries, period, window }: z.output<typeof cloudWatchMetric>,
): Problem[] {
    const problems = queries.flatMap((query, index) =>
        queryProblems([...path, "queries", index], query),
    );
    if ((parseDuration(window) ?? 0) >= (parseDuration(period) ?? 0)) return problems;
    const expected = `a duration of at least \`period\` (${period})`;
    return [...problems, wrongValue([...path, "window"], expected, window)];
}
