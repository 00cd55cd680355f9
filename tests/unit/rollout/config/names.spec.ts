// Names of earlier releases, which clusters and stacks still have.
import assert from "node:assert/strict";
import { annotationOf, isType, TYPES } from "../../../../rollout/config/names";

describe("annotationOf", () => {
    const annotated = (annotations: Record<string, string>) => ({ metadata: { annotations } });

    it("should read the name of an earlier release", () => {
        assert.equal(annotationOf(annotated({ "rollout/stable": "v2" }), "stable"), "v2");
    });

    it("should prefer today's name", () => {
        const both = annotated({ "rollout/stable": "v2", "istio-canary.dev/stable": "v1" });
        assert.equal(annotationOf(both, "stable"), "v1");
    });
});

describe("isType", () => {
    it("should recognize a component of an earlier release, and no other component", () => {
        assert.ok(isType(TYPES.rollout, "istio-canary:index:CanaryRollout"));
        assert.ok(isType(TYPES.rollout, "rollout:index:CanaryRollout"));
        assert.ok(!isType(TYPES.rollout, "rollout:index:TrafficSplit"));
    });
});
