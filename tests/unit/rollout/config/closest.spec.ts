import assert from "node:assert/strict";
import { closest } from "../../../../rollout/config/problems";

describe("closest", () => {
    const keys = ["weight", "timeout", "replicas", "namespace"];

    it("corrects a typo", () => {
        assert.equal(closest("wieght", keys), "weight");
        assert.equal(closest("Replica", keys), "replicas");
        assert.equal(closest("timeuot", keys), "timeout");
    });

    it("returns undefined if no candidate is close", () => {
        assert.equal(closest("colour", keys), undefined);
        assert.equal(closest("x", []), undefined);
    });
});
