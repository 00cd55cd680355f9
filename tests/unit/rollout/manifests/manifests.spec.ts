import assert from "node:assert/strict";
import fc from "fast-check";
import type { RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { findingsIn } from "../../../../rollout/rules";
import { manifestsAsData, validManifests } from "../../../fixtures/rollout/rollout";

const anyWeight = fc.integer({ min: 0, max: 100 });

const FOR_THE_ENGINE = ["pulumi.com/skipAwait", "pulumi.com/deletionPropagationPolicy"];

/** Manifests without the fields that may differ between two phases: weights, and annotations for the engine. */
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
    it("changes only weights and annotations for the engine between two phases", () => {
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

    it("splits 100 percent between both slots on the last HTTP route, which matches all other requests", () => {
        fc.assert(
            fc.property(anyWeight, (weight) => {
                const route = validManifests({ weight }).virtualService.spec.http.at(-1);
                assert.equal(route?.match, undefined);
                assert.deepEqual(
                    route?.route?.map(({ destination }) => destination.subset),
                    ["v1", "v2"],
                );
                assert.deepEqual(
                    route?.route?.map((one) => one.weight),
                    [100 - weight, weight],
                );
            }),
        );
    });

    it("breaks no rule at any weight", () => {
        fc.assert(
            fc.property(anyWeight, (weight) => {
                assert.deepEqual(findingsIn(manifestList(validManifests({ weight }))), []);
            }),
        );
    });

    it("gives every object a name that a rollout never changes", () => {
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

    it("labels the created namespace for sidecar injection", () => {
        const { namespace } = validManifests({ createNamespace: true });
        assert.equal(namespace?.metadata.labels["istio-injection"], "enabled");
    });
});

describe("service", () => {
    it("selects the app in both slots and names its port after the protocol", () => {
        const { spec, metadata } = validManifests({ protocol: "grpc", port: 9_000 }).service;
        assert.deepEqual(spec.selector, { app: "web" });
        assert.deepEqual(spec.ports, [
            { name: "grpc", appProtocol: "grpc", port: 9_000, targetPort: "grpc", protocol: "TCP" },
        ]);
        assert.equal(metadata.annotations["pulumi.com/skipAwait"], "true");
    });
});

describe("destinationRule", () => {
    it("declares both subsets by immutable labels, even if a slot has no version", () => {
        const { spec } = validManifests({ versions: { v1: { image: "web:1" } } }).destinationRule;
        assert.equal(spec.host, "web.demo.svc.cluster.local");
        assert.deepEqual(spec.subsets, [
            { name: "v1", labels: { app: "web", version: "v1" } },
            { name: "v2", labels: { app: "web", version: "v2" } },
        ]);
    });

    it("limits connections and ejects failing pods, but never all of them", () => {
        assert.deepEqual(validManifests().destinationRule.spec.trafficPolicy, {
            connectionPool: {
                tcp: { maxConnections: 10_000, connectTimeout: "1s" },
                http: { http1MaxPendingRequests: 10_000, http2MaxRequests: 10_000, maxRetries: 3 },
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

    it("limits the connect timeout to the request timeout", () => {
        const { spec } = validManifests({ timeout: "250ms" }).destinationRule;
        assert.equal(spec.trafficPolicy.connectionPool.tcp.connectTimeout, "0.25s");
    });
});

describe("virtualService", () => {
    it("routes the Service's fully qualified name, with a timeout and limited retries", () => {
        const { spec } = validManifests({ timeout: "1m30s" }).virtualService;
        assert.deepEqual(spec.hosts, ["web.demo.svc.cluster.local"]);
        assert.equal(spec.http[0]?.timeout, "90s");
        assert.deepEqual(spec.http[0]?.retries, {
            attempts: 2,
            retryOn: "connect-failure,refused-stream,reset-before-request",
        });
    });

    it("uses the configured retries", () => {
        const retries = { attempts: 1, perTryTimeout: "2s", retryOn: ["gateway-error" as const] };
        assert.deepEqual(validManifests({ retries }).virtualService.spec.http[0]?.retries, {
            attempts: 1,
            retryOn: "gateway-error",
            perTryTimeout: "2s",
        });
    });

    it("disables Istio's default retries with 0 attempts", () => {
        const { spec } = validManifests({ retries: { attempts: 0 } }).virtualService;
        assert.deepEqual(spec.http[0]?.retries, { attempts: 0 });
    });

    it("does not retry on reset-before-request with gRPC", () => {
        const { spec } = validManifests({ protocol: "grpc" }).virtualService;
        assert.deepEqual(spec.http[0]?.retries, {
            attempts: 2,
            retryOn: "connect-failure,refused-stream",
        });
    });
});

describe("deployment", () => {
    it("skips the waits for start and deletion only for the canary and only at weight 0", () => {
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

    it("keeps every pod until its replacement is ready", () => {
        assert.deepEqual(deploymentOf("v1").spec.strategy.rollingUpdate, {
            maxUnavailable: 0,
            maxSurge: "25%",
        });
    });

    it("selects and labels its pods by app and version, and injects the sidecar", () => {
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

    it("keeps serving during the drain, has time to shut down, and stops the sidecar last", () => {
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

    it("meets the restricted Pod Security Standard", () => {
        assert.deepEqual(deploymentOf("v1").spec.template.spec.containers[0]?.securityContext, {
            runAsNonRoot: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            seccompProfile: { type: "RuntimeDefault" },
        });
    });

    it("applies the version's container settings", () => {
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
