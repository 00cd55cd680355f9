import assert from "node:assert/strict";
import fc from "fast-check";
import type { RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { findingsIn } from "../../../../rollout/rules";
import { manifestsAsData, validManifests } from "../../../fixtures/rollout/rollout";

const anyWeight = fc.integer({ min: 0, max: 100 });

const FOR_THE_ENGINE = ["pulumi.com/skipAwait", "pulumi.com/deletionPropagationPolicy"];

/** Manifests without what may differ between two phases: the route's weights, and what the engine awaits of the canary. */
function withoutPhase(weight: number, change: Partial<RolloutInput>): unknown {
    const manifests = manifestsAsData({ ...change, weight });
    return JSON.parse(JSON.stringify(manifests), (key, value) =>
        key === "weight" || FOR_THE_ENGINE.includes(key) ? undefined : value,
    );
}

function deploymentOf(slot: "v1" | "v2", change: Partial<RolloutInput> = {}) {
    const part = validManifests(change).workloads.find(({ workload }) => workload.slot === slot);
    assert.ok(part);
    return part.deployment;
}

describe("manifestsOf", () => {
    it("should differ between two phases in nothing but weights and what the engine awaits", () => {
        const roles = fc.constantFrom<Partial<RolloutInput>>(
            {},
            { stable: "v2", canary: "v1" },
            { createNamespace: true, protocol: "grpc" },
        );
        fc.assert(
            fc.property(anyWeight, anyWeight, roles, (from, to, change) => {
                assert.deepEqual(withoutPhase(from, change), withoutPhase(to, change));
            }),
        );
    });

    it("should share 100 percent between both slots on the last HTTP route, which all else falls through to", () => {
        fc.assert(
            fc.property(anyWeight, (weight) => {
                const route = validManifests({ weight }).virtualService.spec.http.at(-1);
                assert.equal(route?.match, undefined);
                assert.deepEqual(
                    route?.route.map(({ destination }) => destination.subset),
                    ["v1", "v2"],
                );
                assert.deepEqual(
                    route?.route.map((one) => one.weight),
                    [100 - weight, weight],
                );
            }),
        );
    });

    it("should break no rule at any weight", () => {
        fc.assert(
            fc.property(anyWeight, (weight) => {
                assert.deepEqual(findingsIn(manifestList(validManifests({ weight }))), []);
            }),
        );
    });

    it("should give every object its namespace and a name that a rollout never changes", () => {
        const names = manifestList(validManifests({ createNamespace: true })).map(
            ({ kind, metadata }) => `${kind} ${metadata.name}`,
        );
        assert.deepEqual(names, [
            "Namespace demo",
            "Service web",
            "DestinationRule web",
            "ServiceAccount web-v1",
            "Deployment web-v1",
            "ServiceAccount web-v2",
            "Deployment web-v2",
            "VirtualService web",
        ]);
    });

    it("should label the namespace that it makes for injection", () => {
        const { namespace } = validManifests({ createNamespace: true });
        assert.equal(namespace?.metadata.labels["istio-injection"], "enabled");
    });
});

describe("service", () => {
    it("should select the app in both slots and name its port for the protocol", () => {
        const { spec, metadata } = validManifests({ protocol: "grpc", port: 9_000 }).service;
        assert.deepEqual(spec.selector, { app: "web" });
        assert.deepEqual(spec.ports, [
            { name: "grpc", appProtocol: "grpc", port: 9_000, targetPort: "grpc", protocol: "TCP" },
        ]);
        assert.equal(metadata.annotations["pulumi.com/skipAwait"], "true");
    });
});

describe("destinationRule", () => {
    it("should declare both subsets by immutable labels, also when a slot is empty", () => {
        const { spec } = validManifests({ versions: { v1: { image: "web:1" } } }).destinationRule;
        assert.equal(spec.host, "web.demo.svc.cluster.local");
        assert.deepEqual(spec.subsets, [
            { name: "v1", labels: { app: "web", version: "v1" } },
            { name: "v2", labels: { app: "web", version: "v2" } },
        ]);
    });

    it("should limit connections and leave out failing pods, but never all", () => {
        assert.deepEqual(validManifests().destinationRule.spec.trafficPolicy, {
            connectionPool: {
                tcp: { maxConnections: 100, connectTimeout: "1s" },
                http: { http1MaxPendingRequests: 50, http2MaxRequests: 1_024, maxRetries: 3 },
            },
            outlierDetection: {
                consecutive5xxErrors: 5,
                interval: "30s",
                baseEjectionTime: "30s",
                maxEjectionPercent: 50,
            },
            loadBalancer: { simple: "LEAST_REQUEST" },
            retryBudget: { percent: 20, minRetryConcurrency: 3 },
        });
    });

    it("should not connect for longer than a request may take", () => {
        const { spec } = validManifests({ timeout: "250ms" }).destinationRule;
        assert.equal(spec.trafficPolicy.connectionPool.tcp.connectTimeout, "0.25s");
    });
});

describe("virtualService", () => {
    it("should route the Service's full name, with timeout and bounded retries", () => {
        const { spec } = validManifests({ timeout: "1m30s" }).virtualService;
        assert.deepEqual(spec.hosts, ["web.demo.svc.cluster.local"]);
        assert.equal(spec.http[0]?.timeout, "90s");
        assert.deepEqual(spec.http[0]?.retries, {
            attempts: 2,
            retryOn: "connect-failure,refused-stream,reset-before-request",
        });
    });

    it("should retry as it is told", () => {
        const retries = { attempts: 1, perTryTimeout: "2s", retryOn: ["gateway-error" as const] };
        assert.deepEqual(validManifests({ retries }).virtualService.spec.http[0]?.retries, {
            attempts: 1,
            retryOn: "gateway-error",
            perTryTimeout: "2s",
        });
    });

    it("should switch off Istio's default retries when no retries are wanted", () => {
        const { spec } = validManifests({ retries: { attempts: 0 } }).virtualService;
        assert.deepEqual(spec.http[0]?.retries, { attempts: 0 });
    });

    it("should not hold back a gRPC stream for a retry", () => {
        const { spec } = validManifests({ protocol: "grpc" }).virtualService;
        assert.deepEqual(spec.http[0]?.retries, {
            attempts: 2,
            retryOn: "connect-failure,refused-stream",
        });
    });
});

describe("deployment", () => {
    it("should skip the wait, for start and end alike, only for the canary and only at weight 0", () => {
        const annotations = (slot: "v1" | "v2", weight: number) =>
            deploymentOf(slot, { weight }).metadata.annotations;
        assert.deepEqual(annotations("v2", 0), {
            "pulumi.com/skipAwait": "true",
            "pulumi.com/deletionPropagationPolicy": "background",
        });
        assert.deepEqual(annotations("v2", 1), {});
        assert.deepEqual(annotations("v1", 0), {});
        assert.deepEqual(annotations("v1", 1), {});
    });

    it("should keep every pod until its replacement is ready", () => {
        assert.deepEqual(deploymentOf("v1").spec.strategy.rollingUpdate, {
            maxUnavailable: 0,
            maxSurge: "25%",
        });
    });

    it("should select and label its pods by app and version, and inject the sidecar", () => {
        const { selector, template } = deploymentOf("v2").spec;
        assert.deepEqual(selector.matchLabels, { app: "web", version: "v2" });
        assert.deepEqual(template.metadata.labels, {
            app: "web",
            version: "v2",
            "service.istio.io/canonical-name": "web",
            "service.istio.io/canonical-revision": "v2",
            "sidecar.istio.io/inject": "true",
        });
        assert.equal(template.spec.serviceAccountName, "web-v2");
    });

    it("should serve on through the drain, with time left to end, the sidecar last", () => {
        const { template } = deploymentOf("v1", { drain: "20s" }).spec;
        assert.deepEqual(template.spec.containers[0]?.lifecycle, {
            preStop: { sleep: { seconds: 20 } },
        });
        assert.equal(template.spec.terminationGracePeriodSeconds, 50);
        assert.deepEqual(JSON.parse(template.metadata.annotations["proxy.istio.io/config"] ?? ""), {
            holdApplicationUntilProxyStarts: true,
            proxyMetadata: {
                EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true",
                MINIMUM_DRAIN_DURATION: "20s",
            },
        });
    });

    it("should run as the restricted Pod Security Standard wants it", () => {
        assert.deepEqual(deploymentOf("v1").spec.template.spec.containers[0]?.securityContext, {
            runAsNonRoot: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            seccompProfile: { type: "RuntimeDefault" },
        });
    });

    it("should pass on what a version says of its container", () => {
        const v1 = {
            image: "web:1",
            imagePullPolicy: "Never" as const,
            command: ["web"],
            args: ["-v"],
            env: { B: "2", A: "1" },
            containerPort: 9_090,
            probes: { liveness: { httpGet: { path: "/live" }, periodSeconds: 3 } },
            resources: { requests: { cpu: "10m" } },
            securityContext: { runAsUser: 1_000, addCapabilities: ["NET_BIND_SERVICE"] },
        };
        const [container] = deploymentOf("v1", { versions: { v1 } }).spec.template.spec.containers;
        assert.ok(container);
        assert.equal(container.image, "web:1");
        assert.equal(container.imagePullPolicy, "Never");
        assert.deepEqual(container.command, ["web"]);
        assert.deepEqual(container.args, ["-v"]);
        assert.deepEqual(container.env, [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
        ]);
        assert.deepEqual(container.ports, [{ name: "http", containerPort: 9_090 }]);
        assert.deepEqual(container.readinessProbe, { tcpSocket: { port: 9_090 } });
        assert.deepEqual(container.livenessProbe, {
            periodSeconds: 3,
            httpGet: { path: "/live", port: 9_090 },
        });
        assert.deepEqual(container.resources, { requests: { cpu: "10m" }, limits: {} });
        assert.deepEqual(container.securityContext.capabilities, {
            drop: ["ALL"],
            add: ["NET_BIND_SERVICE"],
        });
    });
});
