import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../../../rollout/config/problems";
import { CONFIG_KEYS, checkConfig } from "../../../../rollout/config/rolloutConfig";
import { validConfig, validInput } from "../../../fixtures/rollout/rollout";

/** The problems of an input, as "path: reason". */
function problems(input: unknown): string[] {
    const result = checkConfig(input);
    return result.ok ? [] : result.problems.map(problemLine);
}

describe("checkConfig", () => {
    it("fills in every default", () => {
        const { versions, ...config } = validConfig();
        assert.deepEqual(config, {
            app: "web",
            namespace: "demo",
            createNamespace: false,
            revision: "",
            clusterDomain: "cluster.local",
            port: 80,
            ports: [],
            protocol: "http",
            service: { type: "ClusterIP" },
            serviceAccount: {},
            adopt: [],
            retainOnDelete: false,
            secrets: {},
            stable: "v1",
            canary: "v2",
            weight: 0,
            ladder: [10, 25, 50, 100],
            sticky: {},
            targets: [],
            jwt: { namespace: "istio-system", selector: { istio: "ingressgateway" } },
            mirror: { percentage: 0, methods: ["GET", "HEAD", "OPTIONS"] },
            stableOnlyPaths: ["/admin", "/internal"],
            timeout: "5s",
            retries: { attempts: 2, budget: { percent: 20, minConcurrency: 3 } },
            connectionPool: {
                maxConnections: 10_000,
                maxPendingRequests: 10_000,
                maxRequests: 10_000,
            },
            outlierDetection: {
                consecutive5xxErrors: 5,
                interval: "30s",
                baseEjectionTime: "30s",
                maxEjectionPercent: 50,
            },
            loadBalancing: {},
            capacity: { canary: "fixed", headroom: 0, stable: "full" },
            drain: "10s",
            exemptions: {},
            fault: {},
            mode: "istio",
            totalReplicas: 0,
            mtls: "mesh",
            callers: {},
            trustDomain: "cluster.local",
            hosts: [],
            gateways: ["mesh"],
            gateway: {},
            match: [],
            delegate: false,
            rewrite: {},
            headers: {},
            corsPolicy: {},
            routes: [],
            routing: "istio",
        });
        assert.deepEqual(versions.v2, {
            image: "web:2",
            replicas: 1,
            env: {},
            containerPort: 8_080,
            probes: { readiness: { tcpSocket: {} } },
            resources: { requests: {}, limits: {} },
            securityContext: {
                runAsNonRoot: true,
                allowPrivilegeEscalation: false,
                addCapabilities: [],
            },
            readyTimeout: "5m",
        });
    });

    it("needs only the stable version at weight 0", () => {
        assert.deepEqual(problems(validInput({ versions: { v1: { image: "web:1" } } })), []);
    });

    const cases: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "a weight above 100",
            { weight: 101 },
            "weight: expected an integer from 0 to 100, got 101.",
        ],
        [
            "a weight that is not an integer",
            { weight: 12.5 },
            "weight: expected an integer from 0 to 100, got 12.5.",
        ],
        [
            "a weight in quotes",
            { weight: "25" },
            'weight: expected an integer from 0 to 100, got "25".',
        ],
        [
            "an app that is not a DNS label",
            { app: "Web_1" },
            'app: expected a DNS label of at most 40 characters: lower-case letters, digits and "-", starting with a letter, got "Web_1".',
        ],
        [
            "a missing app",
            { app: undefined },
            'app: expected a DNS label of at most 40 characters: lower-case letters, digits and "-", starting with a letter, got nothing.',
        ],
        [
            "an unknown key, and suggests a known one",
            { wieght: 10 },
            "wieght: unknown key; did you mean `weight`?",
        ],
        [
            "an unknown nested key",
            { retries: { atempts: 1 } },
            "retries.atempts: unknown key; did you mean `attempts`?",
        ],
        [
            "a ladder that does not ascend",
            { ladder: [10, 10, 100] },
            "ladder: expected a list of integers from 1 to 100 in strictly ascending order, ending with 100, got [10,10,100].",
        ],
        [
            "a ladder that does not end at 100",
            { ladder: [10, 50] },
            "ladder: expected a list of integers from 1 to 100 in strictly ascending order, ending with 100, got [10,50].",
        ],
        [
            "a timeout without a unit",
            { timeout: "5" },
            'timeout: expected a duration from 1ms to 1h, such as "5s" or "1m30s", got "5".',
        ],
        [
            "a timeout of 0",
            { timeout: "0s" },
            'timeout: expected a duration from 1ms to 1h, such as "5s" or "1m30s", got "0s".',
        ],
        [
            "too many retries",
            { retries: { attempts: 100 } },
            "retries.attempts: expected an integer from 0 to 5, got 100.",
        ],
        [
            "retries that do not fit into the timeout",
            { timeout: "2s", retries: { attempts: 2, perTryTimeout: "1s" } },
            'retries.perTryTimeout: expected at most timeout (2s) divided by 3 tries, got "1s".',
        ],
        [
            "a connect timeout above the timeout",
            { timeout: "2s", connectionPool: { connectTimeout: "3s" } },
            'connectionPool.connectTimeout: expected at most timeout (2s), got "3s".',
        ],
        [
            "an ejection limit that can empty a slot",
            { outlierDetection: { maxEjectionPercent: 100 } },
            "outlierDetection.maxEjectionPercent: expected an integer from 1 to 99, got 100.",
        ],
        [
            "a drain with fractional seconds, which the sleep action does not support",
            { drain: "1500ms" },
            'drain: expected a duration in whole seconds from 1s to 5m, such as "5s" or "1m30s", got "1500ms".',
        ],
        [
            "both roles in one slot",
            { stable: "v2" },
            'canary: expected v1, because stable is v2, got "v2".',
        ],
        [
            "a missing stable version",
            { versions: { v2: { image: "web:2" } } },
            "versions.v1: expected a version, because stable is v1, got nothing.",
        ],
        [
            "a weight above 0 without a canary version",
            { versions: { v1: { image: "web:1" } }, weight: 10 },
            "versions.v2: expected a version, because weight is 10, got nothing. Set `weight` to 0, or set `versions.v2.image`.",
        ],
        [
            "an environment variable that is not a string",
            { versions: { v1: { image: "web:1", env: { DEBUG: true } } } },
            "versions.v1.env.DEBUG: expected a string (quote numbers and booleans), got true.",
        ],
        [
            "an invalid name of an environment variable",
            { versions: { v1: { image: "web:1", env: { "A B": "1" } } } },
            'versions.v1.env["A B"]: expected a key that is the name of an environment variable, got "A B".',
        ],
        [
            "a probe with two handlers",
            {
                versions: {
                    v1: { image: "web:1", probes: { readiness: { tcpSocket: {}, grpc: {} } } },
                },
            },
            'versions.v1.probes.readiness: expected exactly one of httpGet, tcpSocket, grpc, exec, got {"tcpSocket":{},"grpc":{}}.',
        ],
        [
            "an invalid Kubernetes quantity",
            { versions: { v1: { image: "web:1", resources: { limits: { memory: "64 MB" } } } } },
            'versions.v1.resources.limits.memory: expected a Kubernetes quantity, such as "100m", "0.5" or "64Mi", got "64 MB".',
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`rejects ${what}`, () => {
            assert.deepEqual(problems({ ...validInput(), ...change }), [problem]);
        });
    }

    it("reports every problem at once, including relations between valid keys", () => {
        const found = problems({
            ...validInput(),
            weight: "abc",
            port: 0,
            replicas: 2,
            timeout: "1s",
            retries: { attempts: 1, perTryTimeout: "800ms" },
            versions: { v1: { image: "" }, v3: {} },
        });
        assert.deepEqual(found.map((problem) => problem.split(":")[0]).sort(), [
            "port",
            "replicas",
            "retries.perTryTimeout",
            "versions.v1.image",
            "versions.v3",
            "weight",
        ]);
    });

    it("rejects an input that is not a mapping", () => {
        assert.deepEqual(problems("weight"), ['expected a mapping, got "weight".']);
        assert.deepEqual(problems(null), ["expected a mapping, got null."]);
        assert.deepEqual(problems([]), ["expected a mapping, got []."]);
    });

    it("returns a config or problems for any input, and never throws", () => {
        const anyValue = fc.anything({ withNullPrototype: true, maxDepth: 3 });
        const near = fc.record(Object.fromEntries(CONFIG_KEYS.map((key) => [key, anyValue])), {
            requiredKeys: [],
        });
        fc.assert(
            fc.property(fc.oneof(anyValue, near), (input) => {
                const result = checkConfig(input);
                assert.ok(result.ok || result.problems.length > 0);
                if (!result.ok) {
                    for (const one of result.problems) {
                        assert.match(
                            problemLine(one),
                            /(^|: )(expected .+, got .+|unknown key; .+)/s,
                        );
                    }
                }
            }),
            { numRuns: 300 },
        );
    });
});
