// The sources under test, and answers of their servers.
import assert from "node:assert/strict";
import type { MetricOf } from "../../../../../canary/analysis/config/metricConfig";
import { webSource } from "../../../../../canary/driver/metricSources/web";
import { configured, type RecordedSource } from "./recordedSource";
import { CLOUD_WATCH, DATADOG, NEW_RELIC } from "./recordedVendors";

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
    DATADOG,
    NEW_RELIC,
    CLOUD_WATCH,
];
