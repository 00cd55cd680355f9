import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const policyOf = (change: Partial<RolloutInput>) =>
    validManifests(change).destinationRule.spec.trafficPolicy;
const subsetsOf = (change: Partial<RolloutInput>) =>
    validManifests(change).destinationRule.spec.subsets;

describe("trafficPolicy", () => {
    it("should write the retry budget, and its least number for an Istio that drops the budget", () => {
        const { retryBudget, connectionPool } = policyOf({
            retries: { budget: { percent: 0, minConcurrency: 7 } },
        });
        assert.deepEqual(retryBudget, { percent: 0, minRetryConcurrency: 7 });
        assert.equal(connectionPool.http?.maxRetries, 7);
    });

    it("should write every limit of a connection", () => {
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
            "all zones",
            { locality: "any" },
            { simple: "LEAST_REQUEST", localityLbSetting: { enabled: false } },
        ],
        [
            "a zone, then a hash",
            { locality: "nearest", consistentHash: { sourceIp: true } },
            { consistentHash: { useSourceIp: true }, localityLbSetting: { enabled: true } },
        ],
        [
            "a header",
            { consistentHash: { header: "X-User-ID" } },
            { consistentHash: { httpHeaderName: "X-User-ID" } },
        ],
        [
            "a cookie that lives as long as the browser",
            { consistentHash: { cookie: { name: "pod" } } },
            { consistentHash: { httpCookie: { name: "pod", ttl: "0s" } } },
        ],
        [
            "a cookie of a path and a day",
            { consistentHash: { cookie: { name: "pod", path: "/cart", ttl: "24h" } } },
            { consistentHash: { httpCookie: { name: "pod", path: "/cart", ttl: "86400s" } } },
        ],
        [
            "a query parameter",
            { consistentHash: { queryParam: "user" } },
            { consistentHash: { httpQueryParameterName: "user" } },
        ],
        [
            "the source's address",
            { consistentHash: { sourceIp: true } },
            { consistentHash: { useSourceIp: true } },
        ],
    ];
    for (const [what, loadBalancing, written] of balancers) {
        it(`should balance by ${what}`, () => {
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

    it("should be the canary's subset's alone, with what it does not say taken from both slots'", () => {
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

    it("should follow the role when the slots swap it", () => {
        const [v1, v2] = subsetsOf({ outlierDetection, stable: "v2", canary: "v1" });
        assert.equal(v1?.trafficPolicy?.outlierDetection.maxEjectionPercent, 99);
        assert.equal(v2?.trafficPolicy, undefined);
    });

    it("should be the same at every weight", () => {
        const rules = [0, 10, 100].map((weight) => subsetsOf({ outlierDetection, weight }));
        assert.deepEqual(rules[1], rules[0]);
        assert.deepEqual(rules[2], rules[0]);
    });
});

describe("config that bounds nothing", () => {
    const cases: [what: string, change: object, problem: string][] = [
        [
            "an empty budget",
            { retries: { budget: { minConcurrency: 0 } } },
            "retries.budget.minConcurrency: expected an integer from 1 to 1000, got 0.",
        ],
        [
            "a budget above all requests",
            { retries: { budget: { percent: 101 } } },
            "retries.budget.percent: expected an integer from 0 to 100, got 101.",
        ],
        [
            "a pool without limit",
            { connectionPool: { maxRequestsPerConnection: 0 } },
            "connectionPool.maxRequestsPerConnection: expected an integer from 1 to 1000000, got 0.",
        ],
        [
            "a keep-alive in parts of seconds",
            { connectionPool: { tcpKeepalive: { time: "500ms" } } },
            'connectionPool.tcpKeepalive.time: expected a duration in whole seconds from 1s to 24h, such as "5s" or "1m30s", got "500ms".',
        ],
        [
            "a slot name where the role is meant",
            { outlierDetection: { v2: { interval: "1s" } } },
            "outlierDetection.v2: unknown key; allowed keys: consecutive5xxErrors, consecutiveGatewayErrors, interval, baseEjectionTime, maxEjectionPercent, canary.",
        ],
        [
            "an ejection of the whole canary",
            { outlierDetection: { canary: { maxEjectionPercent: 100 } } },
            "outlierDetection.canary.maxEjectionPercent: expected an integer from 1 to 99, got 100.",
        ],
        [
            "an algorithm that Istio has not",
            { loadBalancing: { algorithm: "FASTEST" } },
            'loadBalancing.algorithm: expected one of LEAST_REQUEST, ROUND_ROBIN, RANDOM, got "FASTEST".',
        ],
        [
            "two ways to choose a pod",
            { loadBalancing: { algorithm: "RANDOM", consistentHash: { sourceIp: true } } },
            'loadBalancing: expected either algorithm or consistentHash, got {"algorithm":"RANDOM","consistentHash":{"sourceIp":true}}.',
        ],
        [
            "two keys of a hash",
            { loadBalancing: { consistentHash: { header: "a", queryParam: "b" } } },
            'loadBalancing.consistentHash: expected exactly one of header, cookie, queryParam, sourceIp, got {"header":"a","queryParam":"b"}.',
        ],
        [
            "a warm-up that Envoy has not",
            { loadBalancing: { algorithm: "RANDOM", warmup: { duration: "1m" } } },
            'loadBalancing: expected warmup with LEAST_REQUEST or ROUND_ROBIN only, got {"algorithm":"RANDOM","warmup":{"duration":"1m"}}.',
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`should be refused: ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            const problems = result.ok ? [] : result.problems;
            assert.deepEqual(problems.map(problemLine), [problem]);
        });
    }
});
