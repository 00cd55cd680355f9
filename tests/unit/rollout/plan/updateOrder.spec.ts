import assert from "node:assert/strict";
import fc from "fast-check";
import { planOf } from "../../../../rollout/plan/plan";
import { sharesOf } from "../../../../rollout/plan/shares";
import {
    awaitedAtZero,
    deploymentWaits,
    firstRoutePauses,
    firstRouteWaits,
    routeWaits,
    routeWaitsForStable,
} from "../../../../rollout/plan/updateOrder";
import { validConfig } from "../../../fixtures/rollout/rollout";

const anyWeight = fc.integer({ min: 0, max: 100 });
const planAt = (weight: number) => planOf(validConfig({ weight }));
const lastAt = (weight: number, direct: string[] = []) => ({
    shares: sharesOf("v1", weight),
    stable: "v1" as const,
    direct,
});

describe("the order of an update", () => {
    it("starts the canary's pods before the canary gets more requests", () => {
        assert.equal(routeWaits(planAt(25), lastAt(10)), true);
        assert.equal(deploymentWaits(planAt(25), "v2", lastAt(10)), false);
    });

    it("removes pods after their requests", () => {
        assert.equal(routeWaits(planAt(10), lastAt(25)), false);
        assert.equal(deploymentWaits(planAt(10), "v2", lastAt(25)), true);
    });

    it("waits for the canary in a first update with a weight above 0", () => {
        assert.equal(routeWaits(planAt(10), undefined), true);
        assert.equal(deploymentWaits(planAt(10), "v2", undefined), false);
    });

    it("never delays a route to weight 0, and always changes the canary's pods after it", () => {
        for (const last of [undefined, lastAt(0), lastAt(50)]) {
            assert.equal(routeWaits(planAt(0), last), false);
            assert.equal(deploymentWaits(planAt(0), "v2", last), true);
        }
    });

    it("waits for the stable before the first route, but not if the state cannot be read", () => {
        assert.equal(firstRouteWaits(undefined, true), true);
        assert.equal(firstRouteWaits(undefined, false), false);
        assert.equal(firstRouteWaits(lastAt(0), true), false);
    });

    it("pauses before the first route to a host that may have callers, and before no other", () => {
        assert.equal(firstRoutePauses({ service: false, route: undefined }, true), true);
        assert.equal(firstRoutePauses({ service: true, route: undefined }, false), true);
        assert.equal(firstRoutePauses({ service: false, route: undefined }, false), false);
        const routed = (route: "VirtualService" | "HTTPRoute") => ({ service: true, route });
        assert.equal(firstRoutePauses(routed("VirtualService"), true), false);
        assert.equal(firstRoutePauses(routed("VirtualService"), false, true), true);
        assert.equal(firstRoutePauses(routed("HTTPRoute"), false, true), false);
        assert.equal(firstRoutePauses(routed("HTTPRoute"), false), false);
        assert.equal(firstRoutePauses(undefined, true), false);
    });

    it("keeps the stable's pods until the route has changed", () => {
        assert.equal(deploymentWaits(planAt(50), "v1", lastAt(25)), true);
        assert.equal(deploymentWaits(planAt(25), "v1", lastAt(50)), false);
    });

    it("never makes route and Deployment wait for each other", () => {
        fc.assert(
            fc.property(anyWeight, fc.option(anyWeight, { nil: undefined }), (weight, before) => {
                const last = before === undefined ? undefined : lastAt(before);
                const route = routeWaits(planAt(weight), last);
                assert.ok(!(route && deploymentWaits(planAt(weight), "v2", last)));
            }),
        );
    });

    describe("with a proportional stable", () => {
        const capacity = { canary: "proportional", total: 10, stable: "proportional" } as const;
        const following = (weight: number) => planOf(validConfig({ weight, capacity }));

        it("starts the stable's pods before the stable gets requests back, except at weight 0", () => {
            assert.equal(routeWaitsForStable(following(10), lastAt(50)), true);
            assert.equal(routeWaitsForStable(following(10), undefined), true);
            assert.equal(routeWaitsForStable(following(50), lastAt(10)), false);
            assert.equal(routeWaitsForStable(following(0), lastAt(50)), false);
            assert.equal(routeWaitsForStable(planAt(10), lastAt(50)), false);
        });

        it("never makes route and Deployment wait for each other", () => {
            fc.assert(
                fc.property(anyWeight, anyWeight, (weight, before) => {
                    const [plan, last] = [following(weight), lastAt(before)];
                    assert.ok(!(routeWaits(plan, last) && deploymentWaits(plan, "v2", last)));
                    const stable = routeWaitsForStable(plan, last);
                    assert.ok(!(stable && deploymentWaits(plan, "v1", last)));
                }),
            );
        });
    });
});

describe("the order of an update to weight 0 with a target or mirror", () => {
    const zero = planAt(0);
    const both = ["targeted", "mirrored"];

    it("starts the canary's pods before it routes a new target or mirror", () => {
        for (const last of [lastAt(0), lastAt(0, ["targeted"])]) {
            assert.equal(routeWaits(zero, last, both), true);
            assert.equal(deploymentWaits(zero, "v2", last, both), false);
            assert.equal(awaitedAtZero(zero, last, both, false), true);
        }
    });

    it("does not wait for an existing target or mirror, and keeps the setting of the last update", () => {
        assert.equal(routeWaits(zero, lastAt(0, both), both), false);
        assert.equal(deploymentWaits(zero, "v2", lastAt(0, both), both), true);
        for (const before of [true, false]) {
            assert.equal(awaitedAtZero(zero, lastAt(0, both), both, before), before);
        }
    });

    it("waits for nothing if the canary's share falls, even with a new target", () => {
        for (const direct of [[], ["targeted"]]) {
            assert.equal(routeWaits(zero, lastAt(10, direct), ["targeted"]), false);
            assert.equal(awaitedAtZero(zero, lastAt(10, direct), ["targeted"], true), false);
        }
    });

    it("waits for nothing without a previous route", () => {
        assert.equal(routeWaits(zero, undefined, both), false);
        assert.equal(awaitedAtZero(zero, undefined, both, false), false);
    });

    it("treats a target as new if it leads to another slot", () => {
        const swapped = planOf(validConfig({ stable: "v2", canary: "v1" }));
        const last = lastAt(100, ["targeted"]);
        assert.equal(routeWaits(swapped, last, ["targeted"]), true);
        assert.equal(deploymentWaits(swapped, "v1", last, ["targeted"]), false);
    });
});
