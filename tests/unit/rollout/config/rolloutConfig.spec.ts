import assert from "node:assert/strict";
import fc from "fast-check";
import { pathText } from "../../../../rollout/config/problems";
import { CONFIG_KEYS, checkConfig } from "../../../../rollout/config/rolloutConfig";
import { validConfig, validInput } from "../../../fixtures/rollout/rollout";

/** "path: reason" of every problem of an input. */
function problems(input: unknown): string[] {
    const result = checkConfig(input);
    return result.ok
        ? []
        : result.problems.map(({ path, reason }) => `${pathText(path)}: ${reason}`);
}

describe("checkConfig", () => {
    it("should fill in every default", () => {
        const { versions, ...config } = validConfig();
        assert.deepEqual(config, {
            app: "web",
            namespace: "demo",
            createNamespace: false,
            port: 80,
            protocol: "http",
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
            connectionPool: { maxConnections: 100, maxPendingRequests: 50, maxRequests: 1_024 },
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
            mode: "istio",
            totalReplicas: 0,
            mtls: "mesh",
            callers: {},
            trustDomain: "cluster.local",
            hosts: [],
            gateways: ["mesh"],
            gateway: {},
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

    it("should need only the stable version at weight 0", () => {
        assert.deepEqual(problems(validInput({ versions: { v1: { image: "web:1" } } })), []);
    });

    const cases: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "a weight above 100",
            { weight: 101 },
            "weight: must be an integer from 0 to 100; found 101",
        ],
        [
            "a weight that is no integer",
            { weight: 12.5 },
            "weight: must be an integer from 0 to 100; found 12.5",
        ],
        [
            "a weight in quotes",
            { weight: "25" },
            'weight: must be an integer from 0 to 100; found "25"',
        ],
        [
            "an app that is no DNS label",
            { app: "Web_1" },
            'app: must be a DNS label: lower-case letters, digits and "-", a letter first, at most 40 long; found "Web_1"',
        ],
        [
            "no app",
            { app: undefined },
            'app: is missing; must be a DNS label: lower-case letters, digits and "-", a letter first, at most 40 long',
        ],
        [
            "an unknown key, with the key that is meant",
            { wieght: 10 },
            `wieght: is not a key; did you mean weight? allowed: ${CONFIG_KEYS.join(", ")}`,
        ],
        [
            "an unknown key inside",
            { retries: { atempts: 1 } },
            "retries.atempts: is not a key; did you mean attempts? allowed: attempts, perTryTimeout, retryOn, budget",
        ],
        [
            "a ladder that does not rise",
            { ladder: [10, 10, 100] },
            "ladder: must be a list of integers from 1 to 100, each above the one before, the last 100; found [10,10,100]",
        ],
        [
            "a ladder that does not end at 100",
            { ladder: [10, 50] },
            "ladder: must be a list of integers from 1 to 100, each above the one before, the last 100; found [10,50]",
        ],
        [
            "a timeout without unit",
            { timeout: "5" },
            'timeout: must be a duration from 1ms to 1h, such as "5s" or "1m30s"; found "5"',
        ],
        [
            "a timeout of nothing",
            { timeout: "0s" },
            'timeout: must be a duration from 1ms to 1h, such as "5s" or "1m30s"; found "0s"',
        ],
        [
            "retries without bound",
            { retries: { attempts: 100 } },
            "retries.attempts: must be an integer from 0 to 5; found 100",
        ],
        [
            "retries that do not fit into the timeout",
            { timeout: "2s", retries: { attempts: 2, perTryTimeout: "1s" } },
            "retries.perTryTimeout: must fit into timeout (2s) for each of 3 tries (the first and 2 retries); found 1s × 3",
        ],
        [
            "a connect timeout above the timeout",
            { timeout: "2s", connectionPool: { connectTimeout: "3s" } },
            'connectionPool.connectTimeout: must not exceed timeout (2s); found "3s"',
        ],
        [
            "an ejection limit that can empty a slot",
            { outlierDetection: { maxEjectionPercent: 100 } },
            "outlierDetection.maxEjectionPercent: must be an integer from 1 to 99; found 100",
        ],
        [
            "a drain that the sleep action cannot do",
            { drain: "1500ms" },
            'drain: must be a duration in whole seconds from 1s to 5m, such as "5s" or "1m30s"; found "1500ms"',
        ],
        [
            "both roles in one slot",
            { stable: "v2" },
            "canary: must be the other slot than stable; found v2 for both, set it to v1",
        ],
        [
            "a stable version that is not there",
            { versions: { v2: { image: "web:2" } } },
            "versions.v1: is missing; must be there, because stable is v1",
        ],
        [
            "a weight without a canary",
            { versions: { v1: { image: "web:1" } }, weight: 10 },
            "versions.v2: is missing; must be there while weight is 10: set weight to 0, or say what the canary runs",
        ],
        [
            "a value of an environment variable that is no text",
            { versions: { v1: { image: "web:1", env: { DEBUG: true } } } },
            "versions.v1.env.DEBUG: must be a text; quote it; found true",
        ],
        [
            "a name that no environment variable can have",
            { versions: { v1: { image: "web:1", env: { "A B": "1" } } } },
            'versions.v1.env["A B"]: key must be the name of an environment variable; found "A B"',
        ],
        [
            "a probe with two ways to ask",
            {
                versions: {
                    v1: { image: "web:1", probes: { readiness: { tcpSocket: {}, grpc: {} } } },
                },
            },
            'versions.v1.probes.readiness: must have exactly one of httpGet, tcpSocket, grpc, exec; found {"tcpSocket":{},"grpc":{}}',
        ],
        [
            "a quantity that Kubernetes does not read",
            { versions: { v1: { image: "web:1", resources: { limits: { memory: "64 MB" } } } } },
            'versions.v1.resources.limits.memory: must be a Kubernetes quantity, such as "100m", "0.5" or "64Mi"; found "64 MB"',
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`should refuse ${what}`, () => {
            assert.deepEqual(problems({ ...validInput(), ...change }), [problem]);
        });
    }

    it("should report every problem at once, relations between valid keys too", () => {
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

    it("should refuse what is no mapping", () => {
        assert.deepEqual(problems("weight"), [': must be a mapping; found "weight"']);
        assert.deepEqual(problems(null), [": must be a mapping; found null"]);
        assert.deepEqual(problems([]), [": must be a mapping; found []"]);
    });

    it("should answer any input with a config or with problems, and never throw", () => {
        const anyValue = fc.anything({ withNullPrototype: true, maxDepth: 3 });
        const near = fc.record(Object.fromEntries(CONFIG_KEYS.map((key) => [key, anyValue])), {
            requiredKeys: [],
        });
        fc.assert(
            fc.property(fc.oneof(anyValue, near), (input) => {
                const result = checkConfig(input);
                assert.ok(result.ok || result.problems.length > 0);
                if (!result.ok) {
                    for (const { path, reason } of result.problems) {
                        assert.match(reason, /must|is not a key/);
                        assert.equal(typeof pathText(path), "string");
                    }
                }
            }),
            { numRuns: 300 },
        );
    });
});
