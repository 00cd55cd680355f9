import assert from "node:assert/strict";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { planOf } from "../../../../rollout/plan/plan";
import { checkManifests } from "../../../../rollout/rules";
import { validConfig, validManifests } from "../../../fixtures/rollout/rollout";

const labels = { "app.kubernetes.io/name": "web", version: "1.5.0" };
const V2 = { workloadRef: { name: "shop-web", serviceAccount: "shop", labels } };
const MIXED = { v1: { image: "web:1" }, v2: V2 };
const BOTH = { v1: { workloadRef: { name: "web-live" } }, v2: V2 };

describe("manifests of a version that somebody else manages", () => {
    const objectsOf = (versions: object, more: object = {}) =>
        manifestList(validManifests({ versions, ...more })).map(
            ({ kind, metadata }) => `${kind} ${metadata.name}`,
        );

    it("contain no pods of it", () => {
        const split = ["DestinationRule web", "VirtualService web"];
        assert.deepEqual(objectsOf(BOTH), ["Service web", ...split]);
        assert.deepEqual(objectsOf(MIXED), [
            "Service web",
            "DestinationRule web",
            "ServiceAccount web-v1",
            "Deployment web-v1",
            "VirtualService web",
        ]);
    });

    it("select its pods by their own labels, also for a mirror", () => {
        const { destinationRule } = validManifests({
            versions: MIXED,
            mirror: { percentage: 10 },
        });
        assert.deepEqual(
            destinationRule.spec.subsets.map(({ name, labels: selected }) => [name, selected]),
            [
                ["v1", { app: "web", version: "v1" }],
                ["v2", labels],
                ["mirror", labels],
            ],
        );
    });

    it("apply mTLS and callers to all pods that the Service selects", () => {
        const selector = { "app.kubernetes.io/name": "web" };
        const { peerAuthentication, authorizationPolicy } = validManifests({
            versions: BOTH,
            service: { selector },
            mtls: "strict",
            callers: { namespaces: ["shop"] },
        });
        assert.deepEqual(peerAuthentication?.spec.selector, { matchLabels: selector });
        assert.deepEqual(authorizationPolicy?.spec.selector, { matchLabels: selector });
    });

    it("pass the rules at any weight", () => {
        for (const versions of [BOTH, MIXED]) {
            for (const weight of [0, 10, 100]) {
                const manifests = manifestList(validManifests({ versions, weight }));
                const found = checkManifests(manifests, { today: "2026-01-01" });
                assert.deepEqual(
                    found.map(({ rule, finding }) => [rule.id, finding]),
                    [],
                );
            }
        }
    });

    it("leave its principal to its ServiceAccount", () => {
        assert.deepEqual(planOf(validConfig({ versions: MIXED })).principals, {
            v1: "cluster.local/ns/demo/sa/web-v1",
            v2: "cluster.local/ns/demo/sa/shop",
        });
    });
});
