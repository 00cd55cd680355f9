// Answers of monitoring vendors, as their references document them.
import assert from "node:assert/strict";
import type { MetricOf } from "../../../../../canary/analysis/config/metricConfig";
import { cloudWatchSource } from "../../../../../canary/driver/metricSources/cloudWatch";
import { datadogSource } from "../../../../../canary/driver/metricSources/datadog";
import { newRelicSource } from "../../../../../canary/driver/metricSources/newRelic";
import { configured, type RecordedSource } from "./recordedSource";

/** 2015-04-29T13:02:20Z */
const clock = { now: () => 1_430_312_540_000 };

export const DATADOG: RecordedSource = {
    name: "datadog",
    read: (url) => {
        const metric = {
            provider: "datadog",
            query: "sum:orders{version:{{version}}}",
            timeout: "1s",
        };
        const keys = { apiKey: "dd-api-0123", applicationKey: "dd-app-4567", url };
        const { analysis, providers } = configured(metric, { datadog: keys });
        assert.ok(providers.datadog);
        return datadogSource(analysis.metrics[0] as MetricOf<"datadog">, providers.datadog, clock);
    },
    values: [
        [
            "the mean of the points",
            {
                body: datadog([
                    [1430311800000, 98],
                    [1430312400000, 100],
                ]),
            },
            { value: 99 },
        ],
        [
            "points without a value",
            {
                body: datadog([
                    [1430311800000, 4],
                    [1430312400000, null],
                ]),
            },
            { value: 4 },
        ],
    ],
    noData: [
        ["no series", { body: { ...datadog([]), series: [] } }],
        ["no points", { body: datadog([]) }],
    ],
    errors: [
        [
            "a query that it rejects",
            { status: 400, body: { errors: ["Rule 'scope_expr' didn't match"] } },
            /answered 400: .*scope_expr/,
        ],
        [
            "an error with status 200",
            { body: { status: "error", error: "Error parsing query" } },
            /^Datadog: Error parsing query$/,
        ],
        ["another answer", { body: { series: "many" } }, /not an answer to a query/],
        [
            "several series",
            { body: { ...datadog([]), series: [{ pointlist: [] }, { pointlist: [] }] } },
            /expected one series, got 2/,
        ],
    ],
    limited: {
        errors: ["Rate limit of 300 requests in 3600 seconds reached. Please try again later."],
    },
    refused: { errors: ["Forbidden"] },
    keys: "canary:providers.datadog.apiKey",
    secrets: ["dd-api-0123", "dd-app-4567"],
    checkRequest({ method, path, headers }) {
        const { pathname, searchParams } = new URL(path, "http://x");
        assert.deepEqual([method, pathname], ["GET", "/api/v1/query"]);
        assert.equal(searchParams.get("query"), "sum:orders{version:v2}");
        assert.deepEqual(
            [searchParams.get("from"), searchParams.get("to")],
            ["1430312240", "1430312540"],
        );
        assert.equal(headers["dd-api-key"], "dd-api-0123");
        assert.equal(headers["dd-application-key"], "dd-app-4567");
    },
};

/** The documented example of Datadog's API, with these points. */
function datadog(pointlist: readonly (readonly [number, number | null])[]) {
    const metric = "system.cpu.idle";
    const series = [{ metric, attributes: {}, unit: null, pointlist, interval: 600, aggr: null }];
    return { status: "ok", res_type: "time_series", series, group_by: ["host"], message: "" };
}

export const NEW_RELIC: RecordedSource = {
    name: "newRelic",
    read: (url) => {
        const metric = {
            provider: "newRelic",
            query: "SELECT percentage(count(*), WHERE error IS true) FROM Transaction WHERE version = '{{version}}'",
            timeout: "1s",
        };
        const newRelic = { apiKey: "NRAK-0123", accountId: 42, url };
        const { analysis, providers } = configured(metric, { newRelic });
        assert.ok(providers.newRelic);
        return newRelicSource(
            analysis.metrics[0] as MetricOf<"newRelic">,
            providers.newRelic,
            clock,
        );
    },
    values: [
        ["a count", { body: newRelic([{ count: 1_000 }]) }, { value: 1_000 }],
        [
            "a percentile",
            { body: newRelic([{ "percentile.duration": { "95": 1.2 } }]) },
            { value: 1.2 },
        ],
    ],
    noData: [
        ["an average of nothing", { body: newRelic([{ "average.duration": null }]) }],
        ["no rows", { body: newRelic([]) }],
    ],
    errors: [
        [
            "a query that it rejects, with status 200",
            {
                body: {
                    data: { actor: { account: { nrql: null } } },
                    errors: [
                        {
                            extensions: { errorClass: "NRDB:1100004" },
                            locations: [{ column: 65, line: 1 }],
                            message: "NRQL Syntax Error: Error at line 1 position 8",
                            path: ["actor", "account", "nrql"],
                        },
                    ],
                },
            },
            /^New Relic: NRQL Syntax Error: Error at line 1 position 8$/,
        ],
        ["another answer", { body: { data: [] } }, /not an answer to a query/],
        ["an unknown account", { body: { data: { actor: null } } }, /not an answer to a query/],
        [
            "several rows",
            { body: newRelic([{ count: 1 }, { count: 2 }]) },
            /expected one row, got 2/,
        ],
        ["several values", { body: newRelic([{ count: 1, max: 2 }]) }, /expected one value, got 2/],
    ],
    limited: { errors: [{ message: "Too many requests" }] },
    refused: { errors: [{ message: "Invalid API key" }] },
    keys: "canary:providers.newRelic.apiKey",
    secrets: ["NRAK-0123"],
    checkRequest({ method, path, headers, body }) {
        assert.deepEqual([method, path], ["POST", "/"]);
        assert.equal(headers["api-key"], "NRAK-0123");
        const { query, variables } = JSON.parse(body);
        assert.match(query, /account\(id: \$account\) \{ nrql\(query: \$nrql\) \{ results/);
        assert.equal(variables.account, 42);
        assert.match(
            variables.nrql,
            /WHERE version = 'v2' SINCE 1430312240000 UNTIL 1430312540000$/,
        );
    },
};

function newRelic(results: readonly object[]) {
    return { data: { actor: { account: { nrql: { results } } } } };
}

const AWS_KEYS = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG",
    sessionToken: "session-0123",
    region: "eu-central-1",
};

export const CLOUD_WATCH: RecordedSource = {
    name: "cloudWatch",
    read: (url) => {
        const of = (metric: string) => ({
            namespace: "Shop",
            metric,
            dimensions: { App: "{{app}}", Version: "{{version}}" },
            statistic: "Sum",
        });
        const metric = {
            provider: "cloudWatch",
            queries: [
                { id: "failed", ...of("Failed") },
                { id: "orders", ...of("Orders") },
                { id: "share", expression: "failed / orders" },
            ],
            timeout: "1s",
        };
        const { analysis, providers } = configured(metric, { cloudWatch: { ...AWS_KEYS, url } });
        return cloudWatchSource(
            analysis.metrics[0] as MetricOf<"cloudWatch">,
            providers.cloudWatch,
            clock,
        );
    },
    values: [
        ["the mean of the points", { body: cloudWatch([0.25, 0.75]) }, { value: 0.5 }],
        ["a point", { body: cloudWatch([0]) }, { value: 0 }],
    ],
    noData: [
        ["no points", { body: cloudWatch([]) }],
        ["no series", { body: { MetricDataResults: [], Messages: [] } }],
    ],
    errors: [
        [
            "a query that it rejects",
            {
                status: 400,
                body: {
                    __type: "com.amazonaws.cloudwatch.v2010_08_01#ValidationError",
                    message: "Error in expression 'share': Syntax error",
                },
            },
            /answered 400: .*Error in expression 'share'/,
        ],
        [
            "a message",
            {
                body: {
                    ...cloudWatch([1]),
                    Messages: [{ Code: "MaxMetricsExceeded", Value: "a" }],
                },
            },
            /^CloudWatch: MaxMetricsExceeded: a$/,
        ],
        [
            "incomplete data",
            { body: cloudWatch([1], "InternalError") },
            /expected complete data, got InternalError/,
        ],
        [
            "several series",
            {
                body: {
                    MetricDataResults: [{ Values: [1] }, { Values: [2] }],
                },
            },
            /expected one series, got 2/,
        ],
        ["another answer", { body: { MetricDataResults: 1 } }, /not an answer to GetMetricData/],
    ],
    limited: { __type: "ThrottlingException", message: "Rate exceeded" },
    refused: { __type: "AccessDeniedException", message: "not authorized" },
    keys: "canary:providers.cloudWatch",
    secrets: ["wJalrXUtnFEMI/K7MDENG", "session-0123"],
    checkRequest({ method, path, headers, body }) {
        assert.deepEqual([method, path], ["POST", "/"]);
        assert.equal(headers["x-amz-target"], "GraniteServiceVersion20100801.GetMetricData");
        assert.equal(headers["x-amz-security-token"], "session-0123");
        assert.match(
            headers.authorization ?? "",
            /Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/monitoring\/aws4_request/,
        );
        const { StartTime, EndTime, MetricDataQueries: queries } = JSON.parse(body);
        // Whole minutes: the one that is not over is left out.
        assert.deepEqual([StartTime, EndTime], [1_430_312_220, 1_430_312_520]);
        assert.deepEqual(queries[0], {
            Id: "failed",
            ReturnData: false,
            MetricStat: {
                Metric: {
                    Namespace: "Shop",
                    MetricName: "Failed",
                    Dimensions: [
                        { Name: "App", Value: "web" },
                        { Name: "Version", Value: "v2" },
                    ],
                },
                Period: 60,
                Stat: "Sum",
            },
        });
        assert.deepEqual(queries[2], {
            Id: "share",
            ReturnData: true,
            Expression: "failed / orders",
            Period: 60,
        });
    },
};

function cloudWatch(values: readonly number[], status = "Complete") {
    const Timestamps = values.map((_, index) => 1_430_312_460 - 60 * index);
    const one = { Id: "share", Label: "share", StatusCode: status, Timestamps, Values: values };
    return { MetricDataResults: [one], Messages: [] };
}
