/** Config: custom metrics, which the driver reads for each version. */
import { z } from "zod";
import {
    anyText,
    doc,
    duration,
    listOf,
    mapping,
    oneOf,
    pattern,
    text,
} from "../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../rollout/config/problems";
import { jobMetric, jobProblems } from "./metrics/jobMetric";
import {
    COMMON,
    COUNTED,
    interval,
    PROVIDERS,
    type Provider,
    placeholders,
    provider,
    timeout,
} from "./metrics/metricKeys";
import {
    cloudWatchMetric,
    cloudWatchProblems,
    datadogMetric,
    newRelicMetric,
} from "./metrics/vendorMetrics";
import { httpUrl } from "./url";

const prometheusMetric = mapping({
    provider: doc(
        provider("prometheus").optional(),
        "Where the values come from: the server of `canary:prometheus`.",
        "`prometheus`",
    ),
    ...COMMON,
    ...COUNTED,
    query: doc(text("a PromQL query"), `PromQL instant query with a single value. ${placeholders}`),
    of: doc(
        text("a PromQL query").optional(),
        "Required for a `counter`: query for the total that `query` is a share of, such as all orders for failed orders.",
    ),
    window: doc(
        duration("0s", "24h").optional(),
        "For a `gauge`: time that one value covers.",
        "the longest range in the query, such as `[2m]`, or `0s`",
    ),
});

const jsonPath = () => pattern(/^\$/, "a JSONPath that starts with $");

const webMetric = mapping({
    provider: doc(provider("web"), "A server that answers with JSON."),
    ...COMMON,
    ...COUNTED,
    url: doc(
        httpUrl(),
        `URL without credentials; the record of the rollout contains it. ${placeholders}`,
    ),
    method: doc(oneOf(["GET", "POST"]).default("GET"), "HTTP method."),
    body: doc(anyText().optional(), "Body of a `POST`, with the same placeholders."),
    value: doc(
        jsonPath(),
        "JSONPath (RFC 9535) of the value, such as `$.orders.failed`: a number, a numeric string, or true (1) or false (0).",
    ),
    of: doc(jsonPath().optional(), "Required for a `counter`: JSONPath of the total."),
    credentials: doc(
        text().optional(),
        "Name of an entry in `canary:providers.web` with the credentials, headers and TLS settings.",
    ),
    window: doc(duration("0s", "24h").default("0s"), "For a `gauge`: time that one value covers."),
    interval: interval("5s"),
    timeout: timeout(),
});

export const metricsSchema = listOf(
    "metrics",
    z.discriminatedUnion(
        "provider",
        [prometheusMetric, webMetric, datadogMetric, newRelicMetric, cloudWatchMetric, jobMetric],
        {
            error: `a mapping with the key \`provider\`: one of ${PROVIDERS.join(", ")}`,
        },
    ),
).default([]);

export type CustomMetric = z.output<typeof metricsSchema>[number];
export type MetricOf<Name extends Provider> = Extract<CustomMetric, { provider?: Name }>;
/** Metrics that the driver reads from other servers than Prometheus. */
export type SourceMetric = Exclude<CustomMetric, MetricOf<"prometheus"> | MetricOf<"job">>;

/** How a metric is judged. */
export interface Judged {
    readonly name: string;
    readonly kind: "counter" | "gauge";
    readonly better: "lower" | "higher";
    readonly ratio?: number;
    readonly limit?: number;
    readonly samples: number;
    readonly dryRun: boolean;
    readonly margin: number;
    readonly falseRollback: number;
}

/** A Job that failed is the value 1, and one that passed is 0. */
const JOB = { better: "lower", limit: 0 } as const;

export function judged(metric: CustomMetric): Judged {
    if (metric.provider === "job") {
        const { name, samples, dryRun } = metric;
        return { ...JOB, kind: "gauge", margin: 0, falseRollback: 0.005, name, samples, dryRun };
    }
    return { kind: "gauge", margin: 0, falseRollback: 0.005, ...metric };
}

/** Relations between keys of a metric. */
export function metricRelations(metric: CustomMetric, index: number): Problem[] {
    const { kind, ratio, limit } = judged(metric);
    const path = ["analysis", "metrics", index];
    const problems: Problem[] = [];
    if (kind === "counter" && "of" in metric === false) {
        const what = metric.provider === "web" ? "a JSONPath" : "a PromQL query";
        problems.push(
            wrongValue([...path, "of"], `${what} for the total of the counter`, undefined),
        );
    }
    if (kind === "gauge" && ratio === undefined && limit === undefined) {
        const fix = "A gauge needs `ratio`, `limit` or both";
        problems.push(wrongValue([...path, "ratio"], "a number from 0 to 1000", undefined, fix));
    }
    if (metric.provider === "web" && metric.method === "GET" && metric.body !== undefined) {
        const fix = "Set `method: POST`, or remove the body";
        problems.push(
            wrongValue([...path, "body"], "no value, because `method` is GET", metric.body, fix),
        );
    }
    if (metric.provider === "job") problems.push(...jobProblems(path, metric));
    if (metric.provider === "cloudWatch") problems.push(...cloudWatchProblems(path, metric));
    return problems;
}
