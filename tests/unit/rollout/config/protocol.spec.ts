import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { lastRouteIn } from "../../../../rollout/plan/previousSplit";
import { findingsIn } from "../../../../rollout/rules";
import {
    manifestsAsData,
    validConfig,
    validInput,
    validManifests,
} from "../../../fixtures/rollout/rollout";

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const NOTHING = "expected nothing with protocol tcp, which has connections and no requests";

describe("protocol tcp", () => {
    const tcp: Partial<RolloutInput> = { protocol: "tcp", weight: 10, port: 5432 };

    it("should share connections by weight, and have no route of HTTP", () => {
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

    it("should keep the limits of connections and outlier detection, and have none of requests", () => {
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

    it("should name the port for Istio", () => {
        const { service, workloads } = validManifests(tcp);
        const [port] = service.spec.ports;
        assert.deepEqual([port?.name, port?.appProtocol, port?.targetPort], ["tcp", "tcp", "tcp"]);
        const [container] = workloads[0]?.deployment.spec.template.spec.containers ?? [];
        assert.deepEqual(container?.ports, [{ name: "tcp", containerPort: 8080 }]);
    });

    it("should break no rule", () => {
        assert.deepEqual(findingsIn(manifestsAsData(tcp)), []);
    });

    it("should be judged by weights as HTTP is", () => {
        const manifests = manifestsAsData({
            ...tcp,
            versions: { v1: { image: "web:1" }, v2: { image: "web:2", replicas: 0 } },
        });
        assert.match(
            JSON.stringify(findingsIn(manifests)),
            /at least 1 while subset v2 gets weight 10/,
        );
    });

    it("should leave its weights to the next update", () => {
        const { virtualService } = validManifests(tcp);
        const state = { urn: { type: "kubernetes:x:VirtualService", outputs: virtualService } };
        assert.deepEqual(lastRouteIn(state, "demo", "web"), {
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
            `targets: ${NOTHING}, got [{"headers":{"a":{"exact":"b"}}}].`,
        ],
        ["stable-only paths", { stableOnlyPaths: [] }, `stableOnlyPaths: ${NOTHING}, got [].`],
        [
            "a mirror",
            { mirror: { percentage: 5 }, weight: 0 },
            `mirror: ${NOTHING}, got {"percentage":5}.`,
        ],
        ["sticky users", { sticky: { cookie: "c" } }, `sticky: ${NOTHING}, got {"cookie":"c"}.`],
        ["a timeout", { timeout: "3s" }, `timeout: ${NOTHING}, got "3s".`],
        ["retries", { retries: { attempts: 1 } }, `retries: ${NOTHING}, got {"attempts":1}.`],
        [
            "a limit of requests",
            { connectionPool: { maxPendingRequests: 1 } },
            `connectionPool.maxPendingRequests: ${NOTHING}, got 1.`,
        ],
        [
            "a hash of requests",
            { loadBalancing: { consistentHash: { header: "a" } } },
            'loadBalancing.consistentHash: expected sourceIp with protocol tcp, got {"header":"a"}.',
        ],
    ];
    for (const [what, change, problem] of refused) {
        it(`should refuse ${what}`, () => {
            assert.deepEqual(problemsOf(change), [problem]);
        });
    }

    it("should refuse a way in by a host's name", () => {
        const change = { hosts: ["db.example.com"], gateways: ["mesh", "istio-system/public"] };
        assert.deepEqual(problemsOf(change), [
            `hosts: ${NOTHING}, got ["db.example.com"].`,
            `gateways: ${NOTHING}, got ["mesh","istio-system/public"].`,
        ]);
    });

    it("should take what its own checked config says, defaults and all", () => {
        const config = validConfig({ protocol: "tcp", connectionPool: { connectTimeout: "8s" } });
        const again = checkConfig(config);
        assert.deepEqual(again.ok && again.config, config);
    });
});
