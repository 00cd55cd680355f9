import assert from "node:assert/strict";
import { sharesOf } from "../../../../../rollout/plan/shares";
import { UNKNOWN } from "../../../../../rollout/rules";
import { roleSwap } from "../../../../../rollout/rules/weights/roleSwap";
import { textsOf } from "../../../../fixtures/rules/findings";

function texts(lastWeight: number, stable: "v1" | "v2", weight: number): string[] {
    const spec = {
        route: "demo/web",
        stable,
        shares: sharesOf(stable, weight),
        last: { shares: sharesOf("v1", lastWeight), stable: "v1" },
    };
    return textsOf(roleSwap, [{ apiVersion: "istio-canary.dev/v1", kind: "CanaryRollout", spec }]);
}

describe("role-swap", () => {
    it("passes a swap that moves no requests", () => {
        assert.deepEqual(texts(100, "v2", 0), []);
    });

    it("ignores an update without a swap", () => {
        assert.deepEqual(texts(10, "v1", 25), []);
        assert.deepEqual(texts(100, "v1", 0), []);
    });

    it("refuses a swap before the canary receives every request", () => {
        const refusal =
            'VirtualService demo/web: stable: expected v1, because the last update gave v2 50 % of the requests, got "v2". Raise `weight` to 100 along the ladder first. Swap the roles after that phase passes.';
        assert.deepEqual(texts(50, "v2", 50), [refusal]);
        assert.deepEqual(texts(50, "v2", 0), [refusal]);
    });

    it("refuses a swap that moves requests back", () => {
        assert.deepEqual(texts(100, "v2", 10), [
            "VirtualService demo/web: weight: expected 0 in the update that makes v2 stable, got 10. Set `weight` to 0 in the same update as the roles: the split then stays the same.",
        ]);
    });

    const stepAfter = (last: unknown) => {
        const spec = { route: "demo/web", stable: "v2", shares: sharesOf("v2", 0), last };
        return { apiVersion: "istio-canary.dev/v1", kind: "CanaryRollout", spec };
    };

    it("leaves a last update that cannot be read to weight-step", () => {
        assert.deepEqual(textsOf(roleSwap, [stepAfter("no access")]), []);
    });

    it("reports an unknown last update", () => {
        const [text, ...more] = textsOf(roleSwap, [stepAfter(UNKNOWN)]);
        assert.match(text ?? "", /an unknown value/);
        assert.deepEqual(more, []);
    });
});
