import assert from "node:assert/strict";
import { closest } from "../../../../rollout/config/problems";

describe("closest", () => {
    const keys = ["weight", "timeout", "replicas", "namespace"];

    it("should find the word behind a slip of the finger", () => {
        assert.equal(closest("wieght", keys), "weight");
        assert.equal(closest("Replica", keys), "replicas");
        assert.equal(closest("timeuot", keys), "timeout");
    });

    it("should not guess when nothing is near", () => {
        assert.equal(closest("colour", keys), undefined);
        assert.equal(closest("x", []), undefined);
    });
});
