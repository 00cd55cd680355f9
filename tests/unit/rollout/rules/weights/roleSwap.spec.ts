import assert from "node:assert/strict";
import { sharesOf } from "../../../../../rollout/plan/plan";
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
    it("should pass a swap that moves no request", () => {
        assert.deepEqual(texts(100, "v2", 0), []);
    });

    it("should leave an update without swap alone", () => {
        assert.deepEqual(texts(10, "v1", 25), []);
        assert.deepEqual(texts(100, "v1", 0), []);
    });

    it("should refuse a swap before the canary has every request", () => {
        const refusal =
            'VirtualService demo/web: stable: expected v1, because v2 had 50 % of the requests in the last update, got "v2". Take weight up the ladder to 100 first, and swap the roles when that has held.';
        assert.deepEqual(texts(50, "v2", 50), [refusal]);
        assert.deepEqual(texts(50, "v2", 0), [refusal]);
    });

    it("should refuse a swap that gives requests back", () => {
        assert.deepEqual(texts(100, "v2", 10), [
            "VirtualService demo/web: weight: expected 0 in the update that makes v2 stable, got 10. Set weight to 0 together with the roles: the shares then stay as they are.",
        ]);
    });

    const stepAfter = (last: unknown) => {
        const spec = { route: "demo/web", stable: "v2", shares: sharesOf("v2", 0), last };
        return { apiVersion: "istio-canary.dev/v1", kind: "CanaryRollout", spec };
    };

    it("should refuse nothing while the last update cannot be read: weight-step says so", () => {
        assert.deepEqual(textsOf(roleSwap, [stepAfter("no access")]), []);
    });

    it("should say that it could not judge a last update that is not known", () => {
        const [text, ...more] = textsOf(roleSwap, [stepAfter(UNKNOWN)]);
        assert.match(text ?? "", /not known yet/);
        assert.deepEqual(more, []);
    });
});
