// Verdicts of Istio on DestinationRules, as in pkg/config/validation/validation_test.go and testdata/crds.
import assert from "node:assert/strict";
import {
    istioObject,
    titleOf,
    type VerdictCase,
    verdictOf,
} from "../../../../fixtures/rules/verdicts";

const host = "reviews";
const policy = (trafficPolicy: unknown) => ({ host, trafficPolicy });
const pool = (connectionPool: object) => policy({ connectionPool });
const outlier = (outlierDetection: object) => policy({ outlierDetection });
const balancer = (loadBalancer: object) => policy({ loadBalancer });
const tls = (settings: object) => policy({ tls: settings });
const locality = (localityLbSetting: object) =>
    policy({ outlierDetection: {}, loadBalancer: { localityLbSetting } });
const cookie = (ttl: unknown) => balancer({ consistentHash: { httpCookie: { name: "a", ttl } } });
const tunnel = (settings: object) => policy({ tunnel: settings });
const subsets = (...list: unknown[]) => ({ host, subsets: list });

const CASES: readonly VerdictCase[] = [
    ["a host", "accepts", { host }],
    ["no host", "rejects", {}],
    ["an empty host", "rejects", { host: "" }],
    ["a bad host", "rejects", { host: "reviews_1!" }],
    ["all hosts of a domain", "accepts", { host: "*.shop.svc.cluster.local" }],
    ["subsets", "accepts", subsets({ name: "v1", labels: { version: "v1" } }, { name: "v2" })],
    ["a subset without name", "rejects", subsets({ labels: { version: "v1" } })],
    ["a subset named V_2!", "rejects", subsets({ name: "V_2!" })],
    ["a subset twice", "rejects", subsets({ name: "v1" }, { name: "v1" })],
    ["a subset with a bad label", "rejects", subsets({ name: "v1", labels: { "a/b/c": "x" } })],
    ["a subset with an empty policy", "rejects", subsets({ name: "v1", trafficPolicy: {} })],
    ["null as a subset", "rejects", subsets(null)],
    ["an empty policy", "rejects", policy({})],
    ["a retry budget alone", "accepts", policy({ retryBudget: { percent: 20 } })],
    [
        "a tunnel beside PROXY",
        "rejects",
        policy({ tunnel: { targetHost: "a.b", targetPort: 80 }, proxyProtocol: {} }),
    ],
    ["an empty pool", "rejects", pool({})],
    [
        "limits",
        "accepts",
        pool({ tcp: { maxConnections: 7, connectTimeout: "2s" }, http: { maxRetries: 3 } }),
    ],
    ["negative connections", "rejects", pool({ tcp: { maxConnections: -1 } })],
    ["negative streams", "rejects", pool({ http: { maxConcurrentStreams: -1 } })],
    [
        "a connect timeout of 2.000000005s",
        "rejects",
        pool({ tcp: { connectTimeout: "2.000000005s" } }),
    ],
    [
        "an upgrade of the client's protocol",
        "rejects",
        pool({ http: { h2UpgradePolicy: "UPGRADE", useClientProtocol: true } }),
    ],
    [
        "outlier detection",
        "accepts",
        outlier({ interval: "2s", baseEjectionTime: "2s", maxEjectionPercent: 50 }),
    ],
    ["an interval with nanoseconds", "rejects", outlier({ interval: "2.000000005s" })],
    ["an ejection of 105 %", "rejects", outlier({ maxEjectionPercent: 105 })],
    ["a health of -1 %", "rejects", outlier({ minHealthPercent: -1 })],
    ["local failures without split", "rejects", outlier({ consecutiveLocalOriginFailures: 10 })],
    [
        "local failures with split",
        "accepts",
        outlier({ consecutiveLocalOriginFailures: 10, splitExternalLocalOriginErrors: true }),
    ],
    ["the old consecutiveErrors", "warns", outlier({ consecutiveErrors: 5 })],
    [
        "a cookie",
        "accepts",
        balancer({ consistentHash: { httpCookie: { name: "user", ttl: "1s" } } }),
    ],
    [
        "a cookie without name",
        "rejects",
        balancer({ consistentHash: { httpCookie: { ttl: "1s" } } }),
    ],
    [
        "an attribute twice",
        "rejects",
        balancer({
            consistentHash: {
                httpCookie: { name: "a", attributes: [{ name: "b" }, { name: "b" }] },
            },
        }),
    ],
    [
        "a table of 65537",
        "accepts",
        balancer({ consistentHash: { useSourceIp: true, maglev: { tableSize: 65537 } } }),
    ],
    [
        "a table that is not prime",
        "rejects",
        balancer({ consistentHash: { useSourceIp: true, maglev: { tableSize: 1000 } } }),
    ],
    [
        "the old ring",
        "warns",
        balancer({ consistentHash: { useSourceIp: true, minimumRingSize: 1024 } }),
    ],
    [
        "the old ring beside a new one",
        "rejects",
        balancer({ consistentHash: { useSourceIp: true, minimumRingSize: 1, ringHash: {} } }),
    ],
    ["a warmup", "accepts", balancer({ warmup: { duration: "300s", minimumPercent: 10 } })],
    [
        "a warmup from 150 %",
        "rejects",
        balancer({ warmup: { duration: "300s", minimumPercent: 150 } }),
    ],
    ["a warmup without duration", "rejects", balancer({ warmup: { minimumPercent: 5 } })],
    ["a flat warmup", "rejects", balancer({ warmup: { duration: "300s", aggression: 0.3 } })],
    [
        "localities",
        "accepts",
        locality({ distribute: [{ from: "a/*", to: { "a/*": 80, "b/*": 20 } }] }),
    ],
    [
        "localities of 90 %",
        "rejects",
        locality({ distribute: [{ from: "a", to: { a: 80, b: 10 } }] }),
    ],
    [
        "localities within each other",
        "rejects",
        locality({
            distribute: [
                { from: "a/*", to: { a: 100 } },
                { from: "a/b", to: { a: 100 } },
            ],
        }),
    ],
    [
        "weights of localities within each other",
        "rejects",
        locality({ distribute: [{ from: "a", to: { "b/c/d": 60, "b/*": 40 } }] }),
    ],
    [
        "a weight of a locality without zone",
        "rejects",
        locality({ distribute: [{ from: "a", to: { "b/": 60, c: 40 } }] }),
    ],
    [
        "a distribution from nowhere",
        "rejects",
        locality({ distribute: [{ from: "", to: { a: 100 } }] }),
    ],
    ["a failover from nowhere to nowhere", "rejects", locality({ failover: [{}] })],
    ["a cookie of the session", "accepts", cookie("0s")],
    ["a cookie without duration", "accepts", cookie(undefined)],
    ["a cookie for 5", "rejects", cookie("5")],
    ["a cookie for longer than Go can count", "rejects", cookie("2562048h")],
    ["an empty list of ports", "rejects", policy({ portLevelSettings: [] })],
    ["a TCP idle timeout", "accepts", pool({ tcp: { idleTimeout: "1h" } })],
    ["no TCP idle timeout", "accepts", pool({ tcp: { idleTimeout: "0s" } })],
    ["a TCP idle timeout of 10us", "accepts", pool({ tcp: { idleTimeout: "10us" } })],
    ["a TCP idle timeout of 1.5ms", "rejects", pool({ tcp: { idleTimeout: "1.5ms" } })],
    ["a negative TCP idle timeout", "rejects", pool({ tcp: { idleTimeout: "-1s" } })],
    ["a TCP idle timeout without unit", "rejects", pool({ tcp: { idleTimeout: "60" } })],
    ["an empty TCP idle timeout", "rejects", pool({ tcp: { idleTimeout: "" } })],
    [
        "a connect timeout that Go cannot count",
        "rejects",
        pool({ tcp: { connectTimeout: "2562048h" } }),
    ],
    ["a failover", "accepts", locality({ failover: [{ from: "a", to: "b" }] })],
    ["a failover to itself", "rejects", locality({ failover: [{ from: "a", to: "a" }] })],
    ["a failover of a zone", "rejects", locality({ failover: [{ from: "a/b", to: "c" }] })],
    [
        "a failover beside a distribution",
        "rejects",
        locality({
            failover: [{ from: "a", to: "b" }],
            distribute: [{ from: "a", to: { a: 100 } }],
        }),
    ],
    [
        "a failover without detection",
        "warns",
        balancer({ localityLbSetting: { failover: [{ from: "a", to: "b" }] } }),
    ],
    ["SIMPLE", "accepts", tls({ mode: "SIMPLE" })],
    [
        "MUTUAL by files",
        "accepts",
        tls({ mode: "MUTUAL", clientCertificate: "a", privateKey: "b" }),
    ],
    ["MUTUAL without files", "rejects", tls({ mode: "MUTUAL" })],
    ["MUTUAL by a Secret", "accepts", tls({ mode: "MUTUAL", credentialName: "web" })],
    [
        "a Secret beside files",
        "rejects",
        tls({ mode: "SIMPLE", credentialName: "web", caCertificates: "a" }),
    ],
    [
        "a ConfigMap of its namespace",
        "accepts",
        tls({ mode: "SIMPLE", credentialName: "configmap://shop/ca" }),
    ],
    [
        "a ConfigMap of another one",
        "rejects",
        tls({ mode: "SIMPLE", credentialName: "configmap://other/ca" }),
    ],
    [
        "verification on and off",
        "rejects",
        tls({ mode: "SIMPLE", insecureSkipVerify: true, caCertificates: "a" }),
    ],
    [
        "a port",
        "accepts",
        policy({ portLevelSettings: [{ port: { number: 80 }, tls: { mode: "DISABLE" } }] }),
    ],
    [
        "settings of no port",
        "rejects",
        policy({ portLevelSettings: [{ tls: { mode: "DISABLE" } }] }),
    ],
    [
        "a port without settings",
        "rejects",
        policy({ portLevelSettings: [{ port: { number: 80 } }] }),
    ],
    ["a tunnel", "accepts", tunnel({ protocol: "CONNECT", targetHost: "1.2.3.4", targetPort: 80 })],
    ["a tunnel by GET", "rejects", tunnel({ protocol: "GET", targetHost: "a.b", targetPort: 80 })],
    ["a tunnel to no host", "rejects", tunnel({ targetHost: "a@b", targetPort: 80 })],
    [
        "workloads of its namespace",
        "accepts",
        { host, exportTo: ["."], workloadSelector: { matchLabels: { app: "a" } } },
    ],
    [
        "workloads of all namespaces",
        "rejects",
        { host, exportTo: ["*"], workloadSelector: { matchLabels: { app: "a" } } },
    ],
    [
        "workloads by wildcard",
        "rejects",
        { host, workloadSelector: { matchLabels: { app: "a*" } } },
    ],
    ["workloads without labels", "warns", { host, workloadSelector: {} }],
];

describe("Istio on DestinationRules", () => {
    for (const [title, verdict, spec] of CASES) {
        it(titleOf(verdict, title), () => {
            assert.equal(verdictOf(istioObject("DestinationRule", spec)), verdict);
        });
    }
});
