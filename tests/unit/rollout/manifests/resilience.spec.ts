import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const policyOf = (change: Partial<RolloutInput>) =>
    validManifests(change).destinationRule.spec.trafficPolicy;
const subsetsOf = (change: Partial<RolloutInput>) =>
    validManifests(change).destinationRule.spec.subsets;

describe("trafficPolicy", () => {
    it("sets the retry budget, and maxRetries for Istio releases that drop the budget", () => {
        const { retryBudget, connectionPool } = policyOf({
            retries: { budget: { percent: 0, minConcurrency: 7 } },
        });
        assert.deepEqual(retryBudget, { percent: 0, minRetryConcurrency: 7 });
        assert.equal(connectionPool.http?.maxRetries, 7);
    });

    it("sets every connection limit", () => {
        const { connectionPool } = policyOf({
            connectionPool: {
                maxConnections: 10,
                maxPendingRequests: 20,
                maxRequests: 30,
                connectTimeout: "250ms",
                idleTimeout: "5m",
                maxConnectionDuration: "1h",
                maxRequestsPerConnection: 40,
                maxConcurrentStreams: 50,
                tcpKeepalive: { time: "2m", interval: "30s", probes: 3 },
            },
        });
        assert.deepEqual(connectionPool, {
            tcp: {
                maxConnections: 10,
                connectTimeout: "0.25s",
                maxConnectionDuration: "3600s",
                tcpKeepalive: { time: "120s", interval: "30s", probes: 3 },
            },
            http: {
                http1MaxPendingRequests: 20,
                http2MaxRequests: 30,
                maxRetries: 3,
                idleTimeout: "300s",
                maxRequestsPerConnection: 40,
                maxConcurrentStreams: 50,
            },
        });
    });

    const balancers: [what: string, RolloutInput["loadBalancing"], written: object][] = [
        ["an algorithm", { algorithm: "RANDOM" }, { simple: "RANDOM" }],
        [
            "a warm-up",
            { warmup: { duration: "1m" } },
            { simple: "LEAST_REQUEST", warmup: { duration: "60s", minimumPercent: 10 } },
        ],
        [
            "locality any",
            { locality: "any" },
            { simple: "LEAST_REQUEST", localityLbSetting: { enabled: false } },
        ],
        [
            "locality nearest with consistent hashing",
            { locality: "nearest", consistentHash: { sourceIp: true } },
            { consistentHash: { useSourceIp: true }, localityLbSetting: { enabled: true } },
        ],
        [
            "consistent hashing by a header",
            { consistentHash: { header: "X-User-ID" } },
            { consistentHash: { httpHeaderName: "X-User-ID" } },
        ],
        [
            "consistent hashing by a session cookie",
            { consistentHash: { cookie: { name: "pod" } } },
            { consistentHash: { httpCookie: { name: "pod", ttl: "0s" } } },
        ],
        [
            "consistent hashing by a cookie with path and ttl",
            { consistentHash: { cookie: { name: "pod", path: "/cart", ttl: "24h" } } },
            { consistentHash: { httpCookie: { name: "pod", path: "/cart", ttl: "86400s" } } },
        ],
        [
            "consistent hashing by a query parameter",
            { consistentHash: { queryParam: "user" } },
            { consistentHash: { httpQueryParameterName: "user" } },
        ],
        [
            "consistent hashing by source IP",
            { consistentHash: { sourceIp: true } },
            { consistentHash: { useSourceIp: true } },
        ],
    ];
    for (const [what, loadBalancing, written] of balancers) {
        it(`sets ${what}`, () => {
            assert.deepEqual(policyOf({ loadBalancing }).loadBalancer, written);
        });
    }
});

describe("outlierDetection.canary", () => {
    const outlierDetection = {
        consecutiveGatewayErrors: 4,
        interval: "10s",
        canary: { consecutive5xxErrors: 2, maxEjectionPercent: 99 },
    };

    it("applies only to the canary's subset, with omitted values from both slots", () => {
        const [v1, v2] = subsetsOf({ outlierDetection });
        assert.deepEqual(v1, { name: "v1", labels: { app: "web", version: "v1" } });
        assert.deepEqual(v2?.trafficPolicy, {
            outlierDetection: {
                consecutive5xxErrors: 2,
                consecutiveGatewayErrors: 4,
                interval: "10s",
                baseEjectionTime: "30s",
                maxEjectionPercent: 99,
            },
        });
    });

    it("follows the canary role to the other slot", () => {
        const [v1, v2] = subsetsOf({ outlierDetection, stable: "v2", canary: "v1" });
        assert.equal(v1?.trafficPolicy?.outlierDetection.maxEjectionPercent, 99);
        assert.equal(v2?.trafficPolicy, undefined);
    });

    it("is the same at every weight", () => {
        const rules = [0, 10, 100].map((weight) => subsetsOf({ outlierDetection, weight }));
        assert.deepEqual(rules[1], rules[0]);
        assert.deepEqual(rules[2], rules[0]);
    });
});

describe("resilience config", () => {
    const cases: [what: string, change: object, problem: string][] = [
        [
            "an empty budget",
            { retries: { budget: { minConcurrency: 0 } } },
            "retries.budget.minConcurrency: expected an integer from 1 to 1000, got 0.",
        ],
        [
            "a budget above 100 percent",
            { retries: { budget: { percent: 101 } } },
            "retries.budget.percent: expected an integer from 0 to 100, got 101.",
        ],
        [
            "a limit of 0",
            { connectionPool: { maxRequestsPerConnection: 0 } },
            "connectionPool.maxRequestsPerConnection: expected an integer from 1 to 1000000, got 0.",
        ],
        [
            "a keep-alive with fractional seconds",
            { connectionPool: { tcpKeepalive: { time: "500ms" } } },
            'connectionPool.tcpKeepalive.time: expected a duration in whole seconds from 1s to 24h, such as "5s" or "1m30s", got "500ms".',
        ],
        [
            "a slot name instead of a role",
            { outlierDetection: { v2: { interval: "1s" } } },
            "outlierDetection.v2: unknown key; allowed keys: consecutive5xxErrors, consecutiveGatewayErrors, interval, baseEjectionTime, maxEjectionPercent, canary.",
        ],
        [
            "ejection of all canary pods",
            { outlierDetection: { canary: { maxEjectionPercent: 100 } } },
            "outlierDetection.canary.maxEjectionPercent: expected an integer from 1 to 99, got 100.",
        ],
        [
            "an unknown algorithm",
            { loadBalancing: { algorithm: "FASTEST" } },
            'loadBalancing.algorithm: expected one of LEAST_REQUEST, ROUND_ROBIN, RANDOM, got "FASTEST".',
        ],
        [
            "an algorithm with consistent hashing",
            { loadBalancing: { algorithm: "RANDOM", consistentHash: { sourceIp: true } } },
            'loadBalancing: expected either algorithm or consistentHash, got {"algorithm":"RANDOM","consistentHash":{"sourceIp":true}}.',
        ],
        [
            "two hash keys",
            { loadBalancing: { consistentHash: { header: "a", queryParam: "b" } } },
            'loadBalancing.consistentHash: expected exactly one of header, cookie, queryParam, sourceIp, got {"header":"a","queryParam":"b"}.',
        ],
        [
            "a warm-up with an algorithm that has none",
            { loadBalancing: { algorithm: "RANDOM", warmup: { duration: "1m" } } },
            'loadBalancing: expected warmup only with LEAST_REQUEST or ROUND_ROBIN, got {"algorithm":"RANDOM","warmup":{"duration":"1m"}}.',
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`rejects ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            const problems = result.ok ? [] : result.problems;
            assert.deepEqual(problems.map(problemLine), [problem]);
        });
    }
});
