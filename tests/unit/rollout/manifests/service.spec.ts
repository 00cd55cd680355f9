import assert from "node:assert/strict";
import { problemText } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { checkManifests } from "../../../../rollout/rules";
import { manifestsAsData, validInput, validManifests } from "../../../fixtures/rollout/rollout";

const HELM = { "app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "shop" };

function problems(change: Partial<RolloutInput>): string[] {
    const result = checkConfig(validInput(change));
    return result.ok ? [] : result.problems.map(problemText);
}

describe("the Service", () => {
    it("selects by app and targets the port by name unless the config says otherwise", () => {
        const { service, workloads } = validManifests();
        assert.deepEqual(service.spec, {
            type: "ClusterIP",
            selector: { app: "web" },
            ports: [
                {
                    name: "http",
                    appProtocol: "http",
                    port: 80,
                    targetPort: "http",
                    protocol: "TCP",
                },
            ],
        });
        const [container] = workloads[0]?.deployment.spec.template.spec.containers ?? [];
        assert.deepEqual(container?.ports, [{ name: "http", containerPort: 8080 }]);
    });

    it("has the type, labels, annotations and other fields of the config", () => {
        const { metadata, spec } = validManifests({
            service: {
                type: "LoadBalancer",
                labels: { team: "shop" },
                annotations: { "example.com/scheme": "internal" },
                spec: { externalTrafficPolicy: "Local" },
            },
        }).service;
        assert.equal(metadata.labels.team, "shop");
        assert.equal(metadata.labels.app, "web");
        const annotations: Record<string, unknown> = metadata.annotations;
        assert.equal(annotations["example.com/scheme"], "internal");
        assert.equal(annotations["pulumi.com/skipAwait"], "true");
        assert.equal(spec.type, "LoadBalancer");
        assert.equal((spec as { externalTrafficPolicy?: string }).externalTrafficPolicy, "Local");
    });

    it("gives both versions' pods the labels and the port that it selects by", () => {
        const service = { selector: HELM, targetPort: "web-port" };
        for (const { deployment } of validManifests({ service }).workloads) {
            const { metadata, spec } = deployment.spec.template;
            const slot = deployment.spec.selector.matchLabels.version;
            assert.deepEqual(deployment.spec.selector.matchLabels, { app: "web", version: slot });
            const { app, version } = metadata.labels as Record<string, string>;
            assert.deepEqual({ app, version }, { app: "web", version: slot });
            for (const [label, value] of Object.entries(HELM)) {
                assert.equal((metadata.labels as Record<string, string>)[label], value);
            }
            assert.equal(spec.containers[0]?.ports[0]?.name, "web-port");
        }
    });

    it("breaks no rule with the selector and the port of a Helm release", () => {
        const service = { selector: HELM, targetPort: 8080 };
        const manifests = manifestsAsData({ service, adopt: ["service"] });
        assert.deepEqual(checkManifests(manifests, { today: "2026-01-01" }), []);
    });

    it("keeps its own labels if it is adopted, and needs its selector and port", () => {
        const service = { selector: HELM, targetPort: 8080 };
        const adopted = validManifests({ service, adopt: ["service"] }).service;
        assert.deepEqual(adopted.metadata.labels, {});
        assert.deepEqual(problems({ adopt: ["service"] }), [
            "expected the value of the existing Service, because adopt contains service, got nothing.",
            "expected the value of the existing Service, because adopt contains service, got nothing.",
        ]);
    });

    it("rejects selectors and ports that leave pods out, and fields that have a key", () => {
        const cases: [Partial<RolloutInput>, RegExp][] = [
            [{ service: { selector: { app: "shop" } } }, /^expected web, because the pods have/],
            [{ service: { selector: { version: "v1" } } }, /^expected no value, because the Serv/],
            [{ service: { targetPort: 9090 } }, /^expected 9090, because service.targetPort is/],
            [{ service: { spec: { ports: [] } } }, /^expected no value, because service.ports/],
        ];
        for (const [change, expected] of cases) {
            const [first] = problems(change);
            assert.match(first ?? "", expected);
        }
    });
});

describe("adopted Istio objects", () => {
    it("take over the fields of other field managers", () => {
        const force = "pulumi.com/patchForce";
        const adopted = validManifests({ adopt: ["virtualService", "destinationRule"] });
        const { virtualService, destinationRule } = JSON.parse(JSON.stringify(adopted));
        assert.equal(virtualService.metadata.annotations[force], "true");
        assert.equal(destinationRule.metadata.annotations[force], "true");
        const plain = JSON.parse(JSON.stringify(validManifests()));
        assert.equal(plain.virtualService.metadata.annotations[force], undefined);
        assert.equal(plain.destinationRule.metadata.annotations, undefined);
    });
});

describe("ServiceAccounts", () => {
    it("have the same annotations in both slots", () => {
        const annotations = { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/web" };
        const { workloads } = validManifests({ serviceAccount: { annotations } });
        assert.equal(workloads.length, 2);
        for (const { serviceAccount } of workloads) {
            assert.deepEqual(serviceAccount.metadata.annotations, annotations);
        }
    });
});

describe("a cluster with another domain or Istio revision", () => {
    it("has the domain in every host, and breaks no rule", () => {
        const change: Partial<RolloutInput> = {
            ...{ clusterDomain: "corp.internal", weight: 10 },
            ...{ createNamespace: true, revision: "1-28" },
            versions: { v1: { image: "web:1" }, v2: { image: "web:2" } },
        };
        const manifests = manifestsAsData(change);
        const text = JSON.stringify(manifests.filter(({ kind }) => /Rule|Virtual/.test(`${kind}`)));
        assert.match(text, /web\.demo\.svc\.corp\.internal/);
        assert.doesNotMatch(text, /cluster\.local/);
        assert.deepEqual(checkManifests(manifests, { today: "2026-01-01" }), []);
        const [namespace] = manifests.filter(({ kind }) => kind === "Namespace");
        assert.deepEqual(namespace?.metadata, {
            name: "demo",
            labels: { "app.kubernetes.io/managed-by": "pulumi", "istio.io/rev": "1-28" },
        });
    });
});
