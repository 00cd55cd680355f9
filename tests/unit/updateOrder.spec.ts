import assert from "node:assert/strict";
import fc from "fast-check";
import { planOf, sharesOf } from "../../rollout/plan";
import { deploymentWaits, routeWaits } from "../../rollout/updateOrder";
import { validConfig } from "../fixtures/rollout";

const anyWeight = fc.integer({ min: 0, max: 100 });
const planAt = (weight: number) => planOf(validConfig({ weight }));
const lastAt = (weight: number) => ({ shares: sharesOf("v1", weight), stable: "v1" as const });

describe("the order of an update", () => {
    it("should bring up the canary's pods before it gets more requests", () => {
        assert.equal(routeWaits(planAt(25), lastAt(10)), true);
        assert.equal(deploymentWaits(planAt(25), "v2", lastAt(10)), false);
    });

    it("should take pods away after the requests", () => {
        assert.equal(routeWaits(planAt(10), lastAt(25)), false);
        assert.equal(deploymentWaits(planAt(10), "v2", lastAt(25)), true);
    });

    it("should wait for the canary in a first update with weight, and when the last is not known", () => {
        assert.equal(routeWaits(planAt(10), undefined), true);
        assert.equal(deploymentWaits(planAt(10), "v2", undefined), false);
    });

    it("should never let a route to weight 0 wait, and always the canary's pods", () => {
        for (const last of [undefined, lastAt(0), lastAt(50)]) {
            assert.equal(routeWaits(planAt(0), last), false);
            assert.equal(deploymentWaits(planAt(0), "v2", last), true);
        }
    });

    it("should keep the old stable's pods, too, until the route has changed", () => {
        assert.equal(deploymentWaits(planAt(50), "v1", lastAt(25)), true);
        assert.equal(deploymentWaits(planAt(25), "v1", lastAt(50)), false);
    });

    it("should never have both wait for each other", () => {
        fc.assert(
            fc.property(anyWeight, fc.option(anyWeight, { nil: undefined }), (weight, before) => {
                const last = before === undefined ? undefined : lastAt(before);
                const route = routeWaits(planAt(weight), last);
                assert.ok(!(route && deploymentWaits(planAt(weight), "v2", last)));
            }),
        );
    });
});
