// The sources under test, and answers of their servers.
import assert from "node:assert/strict";
import {
    checkDriverConfig,
    type DriverConfig,
} from "../../../../../canary/analysis/config/driverConfig";
import type { MetricOf } from "../../../../../canary/analysis/config/metricConfig";
import { datadogSource } from "../../../../../canary/driver/metricSources/datadog";
import type { Read, Reading } from "../../../../../canary/driver/metricSources/source";
import { webSource } from "../../../../../canary/driver/metricSources/web";
import type { SourceReply, SourceRequest } from "../../../../fixtures/driver/sourceServer";

export interface RecordedSource {
    readonly name: string;
    /** The source, with a timeout of 1 s. */
    read(url: string): Read;
    readonly values: readonly [
        readonly [what: string, SourceReply, Reading],
        ...(readonly [what: string, SourceReply, Reading])[],
    ];
    readonly noData: readonly (readonly [what: string, SourceReply])[];
    readonly errors: readonly (readonly [what: string, SourceReply, RegExp])[];
    /** Bodies of 429, and of 401 and 403. */
    readonly limited: unknown;
    readonly refused: unknown;
    /** Key that the message for 401 names. */
    readonly keys: string;
    readonly secrets: readonly string[];
    checkRequest(request: SourceRequest): void;
}

function configured(metric: object, providers: object): DriverConfig {
    const metrics = [{ name: "orders", limit: 1, ...metric }];
    const checked = checkDriverConfig({ analysis: { metrics }, providers });
    assert.ok(checked.ok, JSON.stringify(checked));
    return checked.config;
}

const TOKEN = "s3cr3t-token";

function web(name: string, more: object, credentials: object): RecordedSource["read"] {
    return (url) => {
        const metric = {
            provider: "web",
            url: `${url}/stats/{{namespace}}/{{app}}?version={{version}}`,
            value: "$.orders.failed",
            credentials: name,
            timeout: "1s",
            ...more,
        };
        const { analysis, providers } = configured(metric, { web: { [name]: credentials } });
        return webSource(analysis.metrics[0] as MetricOf<"web">, providers.web[name]);
    };
}

const WEB = {
    noData: [
        ["a path that matches nothing", { body: { orders: {} } }],
        ["null", { body: { orders: { failed: null } } }],
    ],
    errors: [
        [
            "a server error",
            { status: 503, body: { error: "database is down" } },
            /^http:\/\/127\.0\.0\.1:\d+ answered 503: \{"error":"database is down"\}$/,
        ],
        [
            "a value of another type",
            { body: { orders: { failed: { count: 1 } } } },
            /^\$\.orders\.failed: expected a number, got \{"count":1\}$/,
        ],
    ],
    limited: { error: "slow down" },
    refused: { error: "unknown token" },
} as const;

export const SOURCES: readonly RecordedSource[] = [
    {
        ...WEB,
        name: "web (GET, token)",
        read: web("shop", {}, { bearerToken: TOKEN, headers: { "x-tenant": "tenant-4711" } }),
        values: [
            ["a number", { body: { orders: { failed: 0.25 } } }, { value: 0.25 }],
            ["0", { body: { orders: { failed: 0 } } }, { value: 0 }],
            ["a numeric string", { body: { orders: { failed: "1e2" } } }, { value: 100 }],
            ["true", { body: { orders: { failed: true } } }, { value: 1 }],
        ],
        keys: "canary:providers.web.shop",
        secrets: [TOKEN, "tenant-4711"],
        checkRequest({ method, path, headers }) {
            assert.deepEqual([method, path], ["GET", "/stats/shop/web?version=v2"]);
            assert.equal(headers.authorization, `Bearer ${TOKEN}`);
            assert.equal(headers["x-tenant"], "tenant-4711");
        },
    },
    {
        ...WEB,
        name: "web (POST, password, counter)",
        read: web(
            "shop",
            {
                method: "POST",
                body: '{"release": "{{version}}"}',
                kind: "counter",
                of: "$.orders.all",
            },
            { username: "bob", password: "pass-word" },
        ),
        values: [["a total", { body: { orders: { failed: 3, all: 70 } } }, { value: 3, of: 70 }]],
        keys: "canary:providers.web.shop",
        secrets: ["pass-word", Buffer.from("bob:pass-word").toString("base64")],
        checkRequest({ method, body, headers }) {
            assert.deepEqual([method, body], ["POST", '{"release": "v2"}']);
            assert.equal(headers["content-type"], "application/json");
            const basic = Buffer.from("bob:pass-word").toString("base64");
            assert.equal(headers.authorization, `Basic ${basic}`);
        },
    },
    {
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
            const clock = { now: () => 1_430_312_540_000 };
            return datadogSource(
                analysis.metrics[0] as MetricOf<"datadog">,
                providers.datadog,
                clock,
            );
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
    },
];

/** The documented example of Datadog's API, with these points. */
function datadog(pointlist: readonly (readonly [number, number | null])[]) {
    const metric = "system.cpu.idle";
    const series = [{ metric, attributes: {}, unit: null, pointlist, interval: 600, aggr: null }];
    return { status: "ok", res_type: "time_series", series, group_by: ["host"], message: "" };
}
