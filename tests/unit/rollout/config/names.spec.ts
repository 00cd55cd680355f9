// Names from earlier releases, which clusters and stacks still contain.
import assert from "node:assert/strict";
import { annotationOf, isType, TYPES } from "../../../../rollout/config/names";

describe("annotationOf", () => {
    const annotated = (annotations: Record<string, string>) => ({ metadata: { annotations } });

    it("reads the name of an earlier release", () => {
        assert.equal(annotationOf(annotated({ "rollout/stable": "v2" }), "stable"), "v2");
    });

    it("prefers the current name", () => {
        const both = annotated({ "rollout/stable": "v2", "istio-canary.dev/stable": "v1" });
        assert.equal(annotationOf(both, "stable"), "v1");
    });
});

describe("isType", () => {
    it("recognizes the same component of an earlier release, but no other component", () => {
        assert.ok(isType(TYPES.rollout, "istio-canary:index:CanaryRollout"));
        assert.ok(isType(TYPES.rollout, "rollout:index:CanaryRollout"));
        assert.ok(!isType(TYPES.rollout, "rollout:index:TrafficSplit"));
    });
});
