import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { previousSplitIn } from "../../../../rollout/plan/previousSplit";
import { findingsIn } from "../../../../rollout/rules";
import {
    manifestsAsData,
    validConfig,
    validInput,
    validManifests,
} from "../../../fixtures/rollout/rollout";

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const NO_VALUE = "expected no value, because protocol tcp has no requests";

describe("protocol tcp", () => {
    const tcp: Partial<RolloutInput> = { protocol: "tcp", weight: 10, port: 5432 };

    it("splits connections by weight, and has no HTTP route", () => {
        const { spec } = plain(validManifests(tcp).virtualService);
        const host = "web.demo.svc.cluster.local";
        const to = (subset: string, weight: number) => ({
            destination: { host, subset, port: { number: 5432 } },
            weight,
        });
        assert.deepEqual(spec, {
            hosts: [host],
            gateways: ["mesh"],
            exportTo: ["*"],
            http: [],
            tcp: [{ route: [to("v1", 90), to("v2", 10)] }],
        });
    });

    it("limits connections and detects outliers, but sets no request limits", () => {
        const connectionPool = { maxConnections: 7, idleTimeout: "10m" };
        const { trafficPolicy } = validManifests({ ...tcp, connectionPool }).destinationRule.spec;
        assert.deepEqual(plain(trafficPolicy), {
            connectionPool: {
                tcp: { maxConnections: 7, connectTimeout: "1s", idleTimeout: "600s" },
            },
            outlierDetection: {
                consecutive5xxErrors: 5,
                interval: "30s",
                baseEjectionTime: "30s",
                maxEjectionPercent: 50,
            },
            loadBalancer: { simple: "LEAST_REQUEST" },
        });
    });

    it("names the port after the protocol, for Istio", () => {
        const { service, workloads } = validManifests(tcp);
        const [port] = service.spec.ports;
        assert.deepEqual([port?.name, port?.appProtocol, port?.targetPort], ["tcp", "tcp", "tcp"]);
        const [container] = workloads[0]?.deployment.spec.template.spec.containers ?? [];
        assert.deepEqual(container?.ports, [{ name: "tcp", containerPort: 8080 }]);
    });

    it("breaks no rule", () => {
        assert.deepEqual(findingsIn(manifestsAsData(tcp)), []);
    });

    it("is subject to the same weight rules as HTTP", () => {
        const manifests = manifestsAsData({
            ...tcp,
            versions: { v1: { image: "web:1" }, v2: { image: "web:2", replicas: 0 } },
        });
        assert.match(
            JSON.stringify(findingsIn(manifests)),
            /at least 1 while subset v2 has weight 10/,
        );
    });

    it("stores its weights for the next update", () => {
        const { virtualService } = validManifests(tcp);
        const state = { urn: { type: "kubernetes:x:VirtualService", outputs: virtualService } };
        assert.deepEqual(previousSplitIn(state, "demo", "web"), {
            shares: { v1: 90, v2: 10 },
            stable: "v1",
            direct: [],
        });
    });

    const problemsOf = (change: Partial<RolloutInput>) => {
        const result = checkConfig(validInput({ protocol: "tcp", ...change }));
        const problems = result.ok ? [] : result.problems;
        return problems.map(problemLine);
    };

    const refused: [what: string, change: Partial<RolloutInput>, problem: string][] = [
        [
            "targets",
            { targets: [{ headers: { a: { exact: "b" } } }] },
            `targets: ${NO_VALUE}, got [{"headers":{"a":{"exact":"b"}}}].`,
        ],
        ["stable-only paths", { stableOnlyPaths: [] }, `stableOnlyPaths: ${NO_VALUE}, got [].`],
        [
            "a mirror",
            { mirror: { percentage: 5 }, weight: 0 },
            `mirror: ${NO_VALUE}, got {"percentage":5}.`,
        ],
        ["sticky users", { sticky: { cookie: "c" } }, `sticky: ${NO_VALUE}, got {"cookie":"c"}.`],
        ["a timeout", { timeout: "3s" }, `timeout: ${NO_VALUE}, got "3s".`],
        ["retries", { retries: { attempts: 1 } }, `retries: ${NO_VALUE}, got {"attempts":1}.`],
        [
            "a request limit",
            { connectionPool: { maxPendingRequests: 1 } },
            `connectionPool.maxPendingRequests: ${NO_VALUE}, got 1.`,
        ],
        [
            "consistent hashing by a request header",
            { loadBalancing: { consistentHash: { header: "a" } } },
            'loadBalancing.consistentHash: expected sourceIp with protocol tcp, got {"header":"a"}.',
        ],
    ];
    for (const [what, change, problem] of refused) {
        it(`rejects ${what}`, () => {
            assert.deepEqual(problemsOf(change), [problem]);
        });
    }

    it("rejects hosts and gateways", () => {
        const change = { hosts: ["db.example.com"], gateways: ["mesh", "istio-system/public"] };
        assert.deepEqual(problemsOf(change), [
            `hosts: ${NO_VALUE}, got ["db.example.com"].`,
            `gateways: ${NO_VALUE}, got ["mesh","istio-system/public"].`,
        ]);
    });

    it("accepts its own checked config, including defaults", () => {
        const config = validConfig({ protocol: "tcp", connectionPool: { connectTimeout: "8s" } });
        const again = checkConfig(config);
        assert.deepEqual(again.ok && again.config, config);
    });
});
