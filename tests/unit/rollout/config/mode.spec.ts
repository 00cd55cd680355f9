// Mode replicas without a cluster: numbers of pods, manifests, errors, switching to Istio and back.
import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { planOf } from "../../../../rollout/plan/plan";
import { previousSplitIn } from "../../../../rollout/plan/previousSplit";
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

/** A rollout of 3 pods in mode replicas. */
function replicasMode(change: Partial<RolloutInput> = {}): RolloutInput {
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
        it(`gives the canary ${canary} of ${total} pods at weight ${weight}`, () => {
            assert.deepEqual(replicaSplit(weight, total), { stable: total - canary, canary });
        });
    }

    it("keeps the total, never shrinks the canary when the weight rises, and leaves both roles a pod between 0 and 100", () => {
        const anyWeight = fc.integer({ min: 0, max: 99 });
        fc.assert(
            fc.property(anyWeight, fc.integer({ min: 2, max: 1_000 }), (weight, total) => {
                const { stable, canary } = replicaSplit(weight, total);
                assert.equal(stable + canary, total);
                assert.ok(replicaSplit(weight + 1, total).canary >= canary);
                assert.ok(weight === 0 || (stable >= 1 && canary >= 1));
                // No neighbouring split that leaves both roles a pod is closer.
                const off = Math.abs((100 * canary) / total - weight);
                for (const other of [canary - 1, canary + 1]) {
                    if (weight === 0 || other < 1 || other >= total) continue;
                    assert.ok(Math.abs((100 * other) / total - weight) >= off - 1e-9);
                }
            }),
        );
    });

    it("converts to a share", () => {
        assert.equal(reachedShare({ stable: 2, canary: 1 }), 33.3);
        assert.equal(reachedShare({ stable: 99, canary: 1 }), 1);
    });
});

describe("replicasFor", () => {
    it("returns the smallest total that reaches a weight exactly", () => {
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
    const textAt = (weight: number, totalReplicas = 3) =>
        shareText(
            planOf(validConfig({ ...replicasMode({ weight, totalReplicas }), ladder: [100] })),
        );

    it("describes the share that a weight reaches", () => {
        assert.deepEqual(textAt(33), {
            coarse: false,
            text: "weight 33 is 1 of 3 pods: 33.3 % of the connections go to the canary.",
        });
    });

    it("warns if there are too few pods for a weight, and says how many it needs", () => {
        assert.deepEqual(textAt(1), {
            coarse: true,
            text: "weight 1 is 1 of 3 pods: 33.3 % of the connections go to the canary. 1 % needs 100 pods (totalReplicas), or mode istio.",
        });
        assert.equal(textAt(1, 100)?.coarse, false);
    });

    it("is undefined in mode istio", () => {
        assert.equal(shareText(planOf(validConfig({ weight: 1 }))), undefined);
    });
});

describe("mode replicas", () => {
    it("creates no Istio objects and no sidecars", () => {
        const manifests = manifestsAsData({
            ...replicasMode({ weight: 33 }),
            createNamespace: true,
        });
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

    it("breaks no rule at any weight", () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 100 }), (weight) => {
                assert.deepEqual(findingsIn(manifestsAsData(replicasMode({ weight }))), []);
            }),
        );
    });

    it("splits the total by weight, and gives all pods to the stable at 0", () => {
        const counts = (weight: number) =>
            validManifests(replicasMode({ weight })).workloads.map(
                ({ deployment }) => deployment.spec.replicas,
            );
        assert.deepEqual([0, 33, 67, 100].map(counts), [
            [3, 0],
            [2, 1],
            [1, 2],
            [0, 3],
        ]);
    });

    it("keeps names, selectors and pod specs when the mode changes to istio", () => {
        const names = (change: Partial<RolloutInput>) =>
            validManifests(change).workloads.map(({ deployment: { metadata, spec } }) => ({
                name: metadata.name,
                labels: metadata.labels,
                selector: spec.selector,
                pod: spec.template.spec,
            }));
        assert.deepEqual(names(replicasMode()), names({ versions: VERSIONS }));
        assert.deepEqual(validManifests(replicasMode()).service, validManifests().service);
    });

    const template = (change: Partial<RolloutInput>) =>
        JSON.parse(JSON.stringify(validManifests(change).workloads[0]?.deployment.spec.template));

    it("does not count the sidecar of another mode as a change of a slot, but counts a new image", () => {
        const last = {
            generation: TEMPLATE_GENERATION,
            templates: { v1: template(replicasMode()) },
        };
        assert.deepEqual(slotChanges(last, "v1", template({ versions: VERSIONS })), []);
        const other = { versions: { ...VERSIONS, v1: { image: "web:3" } } };
        assert.deepEqual(slotChanges(last, "v1", template(other)), [
            { path: "spec.containers[0].image", before: "web:1", after: "web:3" },
        ]);
    });

    it("stores weight and roles in the stable's Deployment for the next update", () => {
        const state = (change: Partial<RolloutInput>) =>
            Object.fromEntries(
                validManifests(replicasMode(change)).workloads.map(({ deployment }) => [
                    deployment.metadata.name,
                    { type: "kubernetes:apps/v1:Deployment", outputs: deployment },
                ]),
            );
        assert.deepEqual(previousSplitIn(state({ weight: 10 }), "demo", "web"), {
            shares: { v1: 90, v2: 10 },
            stable: "v1",
            direct: [],
        });
        const swapped = state({ weight: 0, stable: "v2", canary: "v1" });
        assert.deepEqual(previousSplitIn(swapped, "demo", "web"), {
            shares: { v1: 0, v2: 100 },
            stable: "v2",
            direct: [],
        });
        assert.equal(previousSplitIn(state({}), "demo", "shop"), undefined);
    });
});

describe("config in mode replicas", () => {
    it("is valid with the defaults that Pulumi fills in", () => {
        assert.deepEqual(problems(replicasMode({ timeout: "5s", retries: {}, targets: [] })), []);
        const exemptions = { "weight-step": "2099-12-31 a first release" };
        assert.deepEqual(problems(replicasMode({ drain: "5s", exemptions })), []);
        // A checked config passes the check again.
        assert.deepEqual(problems(validConfig(replicasMode())), []);
    });

    it("is rejected without a total, or with too few pods to split", () => {
        const expected =
            "expected an integer from 2 to 1000, the total number of pods in mode replicas";
        const problemsAt = (totalReplicas: number | undefined) =>
            problems(replicasMode({ totalReplicas }));
        assert.deepEqual(problemsAt(undefined), [`totalReplicas: ${expected}, got 0.`]);
        assert.deepEqual(problemsAt(1), [`totalReplicas: ${expected}, got 1.`]);
        assert.deepEqual(problemsAt(1_001), [
            "totalReplicas: expected an integer from 0 to 1000, got 1001.",
        ]);
    });

    it("is rejected with a total in mode istio", () => {
        assert.deepEqual(problems(validInput({ totalReplicas: 3 })), [
            "totalReplicas: expected 0, because in mode istio each version has its own replicas, got 3.",
        ]);
    });

    it("is rejected with replicas of a version", () => {
        const versions = { ...VERSIONS, v2: { image: "web:2", replicas: 2 } };
        assert.deepEqual(problems(replicasMode({ versions })), [
            "versions.v2.replicas: expected no value, because in mode replicas totalReplicas and weight determine the number of pods, got 2.",
        ]);
    });

    it("is rejected with an autoscaler, which would change the split", () => {
        const autoscaling = { minReplicas: 2, maxReplicas: 5, cpu: 70 };
        const versions = { ...VERSIONS, v2: { image: "web:2", autoscaling } };
        assert.match(
            problems(replicasMode({ versions })).join(),
            /^versions\.v2\.autoscaling: expected no value, because in mode replicas .*, got \{"minReplicas":2,/,
        );
    });

    const istioKeys: [key: string, value: unknown][] = [
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
    for (const [key, value] of istioKeys) {
        it(`is rejected with ${key}, which needs Istio`, () => {
            const reason = `expected no value, because mode replicas runs without Istio, got ${JSON.stringify(value)}.`;
            assert.ok(problems({ ...replicasMode(), [key]: value }).includes(`${key}: ${reason}`));
        });
    }

    it("is rejected with an unknown mode", () => {
        assert.deepEqual(problems(validInput({ mode: "plain" as "istio" })), [
            'mode: expected one of istio, replicas, got "plain".',
        ]);
    });
});
