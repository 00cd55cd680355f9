import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList, manifestsOf } from "../../../../rollout/manifests/manifests";
import { planOf } from "../../../../rollout/plan/plan";
import { checkManifests } from "../../../../rollout/rules";
import { validInput } from "../../../fixtures/rollout/rollout";
import { docsConfig } from "../../../mesh/harness/docs/docsConfig";

const REFS = {
    v1: { workloadRef: { name: "shop-web-1" } },
    v2: { workloadRef: { name: "shop-web-2" } },
};

function problems(change: Partial<RolloutInput>): string[] {
    const result = checkConfig(validInput(change));
    return result.ok ? [] : result.problems.map(problemLine);
}

describe("workloadRef", () => {
    it("needs a name only, in one slot or both", () => {
        assert.deepEqual(problems({ versions: REFS }), []);
        assert.deepEqual(problems({ versions: { v1: { image: "web:1" }, v2: REFS.v2 } }), []);
    });

    it("is documented with a config that is valid, and passes the rules at any weight", () => {
        for (const weight of [0, 10, 100]) {
            const result = checkConfig({ ...docsConfig("workload/existing-workloads.md"), weight });
            if (!result.ok) assert.fail(result.problems.map(problemLine).join());
            const manifests = manifestList(manifestsOf(result.config, planOf(result.config)));
            assert.deepEqual(checkManifests(manifests, { today: "2026-01-01" }), []);
        }
    });

    it("is refused with an HTTPRoute, whose Services select other labels", () => {
        const found = problems({ routing: "gateway-api", versions: { v1: REFS.v1 } });
        assert.deepEqual(found, [
            'versions.v1.workloadRef: expected no value with routing gateway-api, whose Services select other labels, got {"name":"shop-web-1"}.',
        ]);
    });

    it("or an image is required", () => {
        assert.deepEqual(problems({ versions: { v1: {}, v2: REFS.v2 }, port: 0 }), [
            "port: expected an integer from 1 to 65535, got 0.",
            "versions.v1.image: expected a container image reference, got nothing.",
        ]);
    });

    it("excludes every key that shapes pods", () => {
        const shaping = {
            image: "web:2",
            replicas: 2,
            autoscaling: { external: true },
            podTemplate: { spec: {} },
            readyTimeout: "1m",
        };
        const expected =
            "expected no value, because the owner of the workload in workloadRef sets it, got";
        assert.deepEqual(problems({ versions: { v1: { ...REFS.v1, ...shaping } } }), [
            `versions.v1.image: ${expected} "web:2".`,
            `versions.v1.replicas: ${expected} 2.`,
            `versions.v1.autoscaling: ${expected} {"external":true}.`,
            `versions.v1.podTemplate: ${expected} {"spec":{}}.`,
            `versions.v1.readyTimeout: ${expected} "1m".`,
        ]);
    });

    it("excludes what sets the number of pods, and secrets", () => {
        const found = problems({
            versions: { v1: REFS.v1 },
            capacity: { canary: "proportional", total: 4 },
            secrets: { v1: { TOKEN: "sesame" } },
        });
        assert.deepEqual(found, [
            'capacity.canary: expected fixed, because somebody else sets the number of pods of v1 (workloadRef), got "proportional".',
            "secrets.v1: expected no value, because versions.v1.workloadRef names a workload that somebody else manages, got [secret].",
        ]);
        const replicas = { versions: REFS, mode: "replicas", totalReplicas: 4 } as const;
        assert.match(
            problems(replicas).join(),
            /versions\.v1\.workloadRef: expected no value, because mode replicas sets/,
        );
    });

    it("names a Deployment or a StatefulSet", () => {
        const versions = { v1: { workloadRef: { kind: "DaemonSet", name: "web" } } };
        assert.deepEqual(problems({ versions: versions as never }), [
            'versions.v1.workloadRef.kind: expected one of Deployment, StatefulSet, got "DaemonSet".',
        ]);
    });

    it("has other pods than the other slot", () => {
        const labels = { app: "web", "release-track": "next" };
        const versions = { v1: REFS.v1, v2: { workloadRef: { name: "shop-web-2", labels } } };
        assert.deepEqual(problems({ versions }), [
            'versions.v2.workloadRef.labels: expected labels of which one has another value than in v1 ({"app":"web","version":"v1"}), so that no pod is in both subsets, got {"app":"web","release-track":"next"}.',
        ]);
        assert.deepEqual(problems({ versions: { v1: REFS.v1, v2: REFS.v1 } }), [
            'versions.v2.workloadRef.name: expected another workload than versions.v1.workloadRef, got "shop-web-1".',
        ]);
        const swapped = { app: "web", version: "v2" };
        assert.match(
            problems({
                versions: { v1: { workloadRef: { name: "a", labels: swapped } } },
            }).join(),
            /versions\.v1\.workloadRef\.labels\.version: expected another value than the other slot's name/,
        );
    });

    it("lets the Service select other labels than the app's name, and any numeric port", () => {
        const labelled = (version: string) => ({
            name: `shop-web-${version}`,
            labels: { "app.kubernetes.io/name": "shop-web", version },
        });
        const versions = {
            v1: { workloadRef: labelled("1.4.0") },
            v2: { workloadRef: labelled("1.5.0") },
        };
        const service = { selector: { app: "shop-web" }, targetPort: 3000 };
        assert.deepEqual(problems({ versions, service }), []);
        assert.match(
            problems({ versions: { ...versions, v2: { image: "web:2" } }, service }).join(),
            /service\.selector\.app: expected web, because the pods have the label app: web/,
        );
    });
});
