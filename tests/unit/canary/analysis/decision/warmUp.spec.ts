// The warm-up of the canary's pods.
import assert from "node:assert/strict";
import { isWarmingUp, NO_PODS, podsAfter } from "../../../../../canary/analysis/decision/warmUp";

const WARM_UP = 30_000;

describe("isWarmingUp", () => {
    it("begins with a pod's first request", () => {
        assert.ok(isWarmingUp(NO_PODS, WARM_UP, 0));
        const pods = podsAfter(NO_PODS, 5, { a: 5 }, 100_000);
        assert.ok(isWarmingUp(pods, WARM_UP, 129_999));
        assert.ok(!isWarmingUp(pods, WARM_UP, 130_000));
    });

    it("begins again for new pods that answer more than a tenth of the requests", () => {
        const old = podsAfter(NO_PODS, 10, { a: 10 }, 0);
        const at = (byPod: Record<string, number>) =>
            isWarmingUp(podsAfter(old, 10, byPod, 60_000), WARM_UP, 60_000);
        assert.ok(!at({ a: 10 }));
        assert.ok(!at({ a: 9, b: 1 }));
        assert.ok(at({ a: 8, b: 2 }));
    });

    it("counts from the canary's first request if its pods are not scraped", () => {
        const none = podsAfter(NO_PODS, 0, undefined, 0);
        assert.ok(isWarmingUp(none, WARM_UP, 60_000));
        const pods = podsAfter(none, 3, undefined, 70_000);
        assert.ok(isWarmingUp(pods, WARM_UP, 99_999));
        assert.ok(!isWarmingUp(pods, WARM_UP, 100_000));
    });

    it("ends if the clock was set back", () => {
        const pods = podsAfter(NO_PODS, 5, { a: 5 }, 300_000);
        assert.ok(!isWarmingUp(pods, WARM_UP, 100_000));
    });

    it("is off at 0", () => {
        assert.ok(!isWarmingUp(NO_PODS, 0, 0));
    });
});
