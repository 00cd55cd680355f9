// Invalid metrics and providers: all problems together, with their paths, and without secrets.
import assert from "node:assert/strict";
import { checkDriverConfig } from "../../../../../canary/analysis/config/driverConfig";
import { problemLine } from "../../../../../rollout/config/problems";

function problems(metrics: unknown, providers: unknown = {}): string[] {
    const checked = checkDriverConfig({ analysis: { metrics }, providers });
    return checked.ok ? [] : checked.problems.map(problemLine);
}

const WEB = { name: "orders", provider: "web", url: "https://shop.example/x", value: "$.x" };
const CLOUD_WATCH = {
    ...{ name: "orders", provider: "cloudWatch", limit: 1 },
    queries: [{ id: "a", expression: "SELECT SUM(Failed) FROM Shop" }],
};

describe("the config of custom metrics", () => {
    it("has Prometheus as the default provider", () => {
        assert.deepEqual(problems([{ name: "a", query: "q", limit: 1 }]), []);
        assert.deepEqual(
            problems([{ name: "a", provider: "prometheus", query: "q", limit: 1 }]),
            [],
        );
    });

    it("accepts a word of NRQL in quotes, and CloudWatch without credentials", () => {
        const newRelic = { apiKey: "k", accountId: 1 };
        const query = "SELECT count(*) FROM Log WHERE message LIKE '%since%'";
        const metric = { name: "a", provider: "newRelic", query, limit: 1 };
        assert.deepEqual(problems([metric, { ...CLOUD_WATCH, name: "b" }], { newRelic }), []);
    });

    for (const [what, metric, expected] of [
        [
            "an unknown provider",
            { ...WEB, provider: "graphite" },
            /metrics\[0\]\.?\w*: expected .*provider/,
        ],
        [
            "another provider's key",
            { ...WEB, limit: 1, query: "q" },
            /metrics\[0\]\.query: unknown key/,
        ],
        ["no limit", WEB, /metrics\[0\]\.ratio: .* A gauge needs `ratio`, `limit` or both/],
        [
            "no total",
            { ...WEB, kind: "counter" },
            /metrics\[0\]\.of: expected a JSONPath for the total/,
        ],
        [
            "a body of a GET",
            { ...WEB, limit: 1, body: "x" },
            /metrics\[0\]\.body: expected no value/,
        ],
        [
            "credentials in the URL",
            { ...WEB, limit: 1, url: "https://u:p@x/" },
            /\.url: expected an http or https URL without credentials/,
        ],
        [
            "unknown credentials",
            { ...WEB, limit: 1, credentials: "shop" },
            /credentials: expected a name in `canary:providers\.web` \(it has none\), got "shop"/,
        ],
        [
            "NRQL with its own time",
            { name: "a", provider: "newRelic", query: "SELECT 1 SINCE 1 hour ago", limit: 1 },
            /\.query: expected an NRQL query without SINCE/,
        ],
        [
            "a provider without keys",
            { name: "a", provider: "newRelic", query: "SELECT count(*)", limit: 1 },
            /providers\.newRelic: expected a value, because a metric has the provider `newRelic`/,
        ],
        [
            "a CloudWatch metric without a statistic",
            { ...CLOUD_WATCH, queries: [{ id: "a", namespace: "Shop", metric: "Failed" }] },
            /queries\[0\]\.statistic: expected a non-empty string, because there is no `expression`/,
        ],
        [
            "a CloudWatch metric with an expression",
            { ...CLOUD_WATCH, queries: [{ id: "a", expression: "b / c", metric: "Failed" }] },
            /queries\[0\]\.metric: expected no value, because there is an `expression`/,
        ],
        [
            "several failed Jobs in a row without an interval",
            { name: "a", provider: "job", image: "i", samples: 2 },
            /\.samples: expected 1, got 2\. Set `interval`/,
        ],
        [
            "an interval shorter than a Job may run",
            { name: "a", provider: "job", image: "i", timeout: "2m", interval: "1m" },
            /\.interval: expected a duration of at least `timeout` \(2m\)/,
        ],
        [
            "a window shorter than a period",
            { ...CLOUD_WATCH, period: "5m", window: "1m" },
            /\.window: expected a duration of at least `period` \(5m\), got "?1m/,
        ],
    ] as const) {
        it(`rejects ${what}`, () => {
            assert.match(problems([metric]).join("\n"), expected);
        });
    }

    it("reports all problems at once, without the secrets", () => {
        const shop = { bearerToken: 4711, password: "s3cr3t", headers: { Key: 4712 } };
        const found = problems([WEB, { ...WEB, limit: "1" }], { web: { shop } });
        assert.deepEqual(
            found.map((line) => line.split(":")[0]),
            [
                "analysis.metrics[1].limit",
                "providers.web.shop.headers.Key",
                "providers.web.shop.bearerToken",
            ],
        );
        assert.doesNotMatch(found.join("\n"), /4711|4712|s3cr3t/);
    });
});
