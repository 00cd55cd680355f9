// Mode replicas, as far as it can be told without a cluster: counts, manifests, refusals, the way to Istio and back.
import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { planOf } from "../../../../rollout/plan/plan";
import { lastRouteIn } from "../../../../rollout/plan/previousSplit";
import { shareText } from "../../../../rollout/plan/reachableShare";
import { reachedShare, replicaSplit, replicasFor } from "../../../../rollout/plan/replicaSplit";
import { slotChanges, TEMPLATE_GENERATION } from "../../../../rollout/plan/slotChanges";
import { findingsIn } from "../../../../rollout/rules";
import {
    manifestsAsData,
    validConfig,
    validInput,
    validManifests,
} from "../../../fixtures/rollout/rollout";

const VERSIONS = { v1: { image: "web:1" }, v2: { image: "web:2" } };

/** A rollout of 3 pods without Istio. */
function plain(change: Partial<RolloutInput> = {}): RolloutInput {
    return validInput({ mode: "replicas", totalReplicas: 3, versions: VERSIONS, ...change });
}

function problems(input: unknown): string[] {
    const result = checkConfig(input);
    return result.ok ? [] : result.problems.map(problemLine);
}

describe("replicaSplit", () => {
    for (const [weight, total, canary] of [
        [0, 3, 0],
        [1, 3, 1],
        [33, 3, 1],
        [50, 3, 1],
        [67, 3, 2],
        [99, 3, 2],
        [100, 3, 3],
        [1, 100, 1],
        [25, 10, 2],
    ] as const) {
        it(`should make ${weight} % of ${total} pods ${canary} of the canary's`, () => {
            assert.deepEqual(replicaSplit(weight, total), { stable: total - canary, canary });
        });
    }

    it("should keep the total, never shrink when the weight grows, and leave nobody without pods between 0 and 100", () => {
        const anyWeight = fc.integer({ min: 0, max: 99 });
        fc.assert(
            fc.property(anyWeight, fc.integer({ min: 2, max: 1_000 }), (weight, total) => {
                const { stable, canary } = replicaSplit(weight, total);
                assert.equal(stable + canary, total);
                assert.ok(replicaSplit(weight + 1, total).canary >= canary);
                assert.ok(weight === 0 || (stable >= 1 && canary >= 1));
                // No other count that leaves both one comes nearer.
                const off = Math.abs((100 * canary) / total - weight);
                for (const other of [canary - 1, canary + 1]) {
                    if (weight === 0 || other < 1 || other >= total) continue;
                    assert.ok(Math.abs((100 * other) / total - weight) >= off - 1e-9);
                }
            }),
        );
    });

    it("should say which share it comes to", () => {
        assert.equal(reachedShare({ stable: 2, canary: 1 }), 33.3);
        assert.equal(reachedShare({ stable: 99, canary: 1 }), 1);
    });
});

describe("replicasFor", () => {
    it("should be the fewest pods that make a weight exact", () => {
        assert.deepEqual(
            [1, 10, 25, 33, 50, 99, 100].map(replicasFor),
            [100, 10, 4, 100, 2, 100, 2],
        );
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 99 }), (weight) => {
                assert.equal(reachedShare(replicaSplit(weight, replicasFor(weight))), weight);
            }),
        );
    });
});

describe("shareText", () => {
    const said = (weight: number, totalReplicas = 3) =>
        shareText(planOf(validConfig({ ...plain({ weight, totalReplicas }), ladder: [100] })));

    it("should say what a weight comes to", () => {
        assert.deepEqual(said(33), {
            coarse: false,
            text: "weight 33 is 1 of 3 pods: 33.3 % of the connections go to the canary.",
        });
    });

    it("should warn of a weight that the pods are too few for, with how many it needs", () => {
        assert.deepEqual(said(1), {
            coarse: true,
            text: "weight 1 is 1 of 3 pods: 33.3 % of the connections go to the canary. 1 % needs 100 pods (totalReplicas), or mode istio.",
        });
        assert.equal(said(1, 100)?.coarse, false);
    });

    it("should have nothing to say in mode istio", () => {
        assert.equal(shareText(planOf(validConfig({ weight: 1 }))), undefined);
    });
});

describe("mode replicas", () => {
    it("should make nothing of Istio's, and ask for no sidecar", () => {
        const manifests = manifestsAsData({ ...plain({ weight: 33 }), createNamespace: true });
        assert.deepEqual(
            manifests.map(({ kind }) => kind),
            [
                "Namespace",
                "Service",
                "ServiceAccount",
                "Deployment",
                "ServiceAccount",
                "Deployment",
            ],
        );
        const written = JSON.stringify(manifests);
        assert.doesNotMatch(written, /istio-injection|sidecar\.istio|proxy\.istio/);
    });

    it("should break no rule at any weight", () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 100 }), (weight) => {
                assert.deepEqual(findingsIn(manifestsAsData(plain({ weight }))), []);
            }),
        );
    });

    it("should split the total by the weight, and give all of it to the stable at 0", () => {
        const counts = (weight: number) =>
            validManifests(plain({ weight })).workloads.map(
                ({ deployment }) => deployment.spec.replicas,
            );
        assert.deepEqual([0, 33, 67, 100].map(counts), [
            [3, 0],
            [2, 1],
            [1, 2],
            [0, 3],
        ]);
    });

    it("should keep names, selectors and everything else on the way to Istio", () => {
        const names = (change: Partial<RolloutInput>) =>
            validManifests(change).workloads.map(({ deployment: { metadata, spec } }) => ({
                name: metadata.name,
                labels: metadata.labels,
                selector: spec.selector,
                pod: spec.template.spec,
            }));
        assert.deepEqual(names(plain()), names({ versions: VERSIONS }));
        assert.deepEqual(validManifests(plain()).service, validManifests().service);
    });

    const template = (change: Partial<RolloutInput>) =>
        JSON.parse(JSON.stringify(validManifests(change).workloads[0]?.deployment.spec.template));

    it("should count a sidecar that comes with the mode as no change of a slot, and an image as one", () => {
        const last = {
            generation: TEMPLATE_GENERATION,
            templates: { v1: template(plain()) },
        };
        assert.deepEqual(slotChanges(last, "v1", template({ versions: VERSIONS })), []);
        const other = { versions: { ...VERSIONS, v1: { image: "web:3" } } };
        assert.deepEqual(slotChanges(last, "v1", template(other)), [
            { path: "spec.containers[0].image", before: "web:1", after: "web:3" },
        ]);
    });

    it("should tell the next update its weight and roles by the stable's Deployment", () => {
        const state = (change: Partial<RolloutInput>) =>
            Object.fromEntries(
                validManifests(plain(change)).workloads.map(({ deployment }) => [
                    deployment.metadata.name,
                    { type: "kubernetes:apps/v1:Deployment", outputs: deployment },
                ]),
            );
        assert.deepEqual(lastRouteIn(state({ weight: 10 }), "demo", "web"), {
            shares: { v1: 90, v2: 10 },
            stable: "v1",
            direct: [],
        });
        const swapped = state({ weight: 0, stable: "v2", canary: "v1" });
        assert.deepEqual(lastRouteIn(swapped, "demo", "web"), {
            shares: { v1: 0, v2: 100 },
            stable: "v2",
            direct: [],
        });
        assert.equal(lastRouteIn(state({}), "demo", "shop"), undefined);
    });
});

describe("a config of mode replicas", () => {
    it("should be right with the project's defaults, which Pulumi fills in", () => {
        assert.deepEqual(problems(plain({ timeout: "5s", retries: {}, targets: [] })), []);
        const exemptions = { "weight-step": "2099-12-31 a first release" };
        assert.deepEqual(problems(plain({ drain: "5s", exemptions })), []);
        // A stack's config is checked, and then checked again as the component's arguments.
        assert.deepEqual(problems(validConfig(plain())), []);
    });

    it("should be refused without a total, or with too few pods to split", () => {
        const expected =
            "expected an integer from 2 to 1000 in mode replicas: the pods of both slots";
        const found = (totalReplicas: number | undefined) => problems(plain({ totalReplicas }));
        assert.deepEqual(found(undefined), [`totalReplicas: ${expected}, got 0.`]);
        assert.deepEqual(found(1), [`totalReplicas: ${expected}, got 1.`]);
        assert.deepEqual(found(1_001), [
            "totalReplicas: expected an integer from 0 to 1000, got 1001.",
        ]);
    });

    it("should be refused with a total in mode istio", () => {
        assert.deepEqual(problems(validInput({ totalReplicas: 3 })), [
            "totalReplicas: expected 0 in mode istio, where each version has its own replicas, got 3.",
        ]);
    });

    it("should be refused with replicas of a version", () => {
        const versions = { ...VERSIONS, v2: { image: "web:2", replicas: 2 } };
        assert.deepEqual(problems(plain({ versions })), [
            "versions.v2.replicas: expected nothing in mode replicas, where the number of pods follows from totalReplicas and weight, got 2.",
        ]);
    });

    it("should be refused with an autoscaler, which would move the split", () => {
        const autoscaling = { minReplicas: 2, maxReplicas: 5, cpu: 70 };
        const versions = { ...VERSIONS, v2: { image: "web:2", autoscaling } };
        assert.match(
            problems(plain({ versions })).join(),
            /^versions\.v2\.autoscaling: expected nothing in mode replicas, .*, got \{"minReplicas":2,/,
        );
    });

    const istios: [key: string, value: unknown][] = [
        ["targets", [{ headers: { a: { exact: "b" } } }]],
        ["stableOnlyPaths", ["/private"]],
        ["sticky", { cookie: "release" }],
        ["timeout", "2s"],
        ["retries", { attempts: 1 }],
        ["connectionPool", { maxConnections: 10 }],
        ["outlierDetection", { consecutive5xxErrors: 3 }],
        ["loadBalancing", { algorithm: "ROUND_ROBIN" }],
        ["mtls", "strict"],
        ["callers", { namespaces: ["shop"] }],
        ["mirror", { percentage: 10 }],
        ["capacity", { canary: "proportional", total: 10 }],
        ["hosts", ["web.example.com"]],
        ["gateways", ["mesh", "edge/public"]],
    ];
    for (const [key, value] of istios) {
        it(`should be refused with ${key}, which only Istio can carry out`, () => {
            const reason = `expected nothing in mode replicas, where there is no Istio to apply it, got ${JSON.stringify(value)}.`;
            assert.ok(problems({ ...plain(), [key]: value }).includes(`${key}: ${reason}`));
        });
    }

    it("should be refused with a mode that there is not", () => {
        assert.deepEqual(problems(validInput({ mode: "plain" as "istio" })), [
            'mode: expected one of istio, replicas, got "plain".',
        ]);
    });
});
