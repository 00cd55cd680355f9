import assert from "node:assert/strict";
import fc from "fast-check";
import { planOf, sharesOf } from "../../../../rollout/plan/plan";
import { validConfig } from "../../../fixtures/rollout/rollout";

describe("sharesOf", () => {
    it("should give the canary its weight and the stable the rest", () => {
        assert.deepEqual(sharesOf("v1", 10), { v1: 90, v2: 10 });
        assert.deepEqual(sharesOf("v2", 10), { v1: 10, v2: 90 });
    });

    it("should add up to 100 at every weight, in both roles", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 0, max: 100 }),
                fc.constantFrom("v1" as const, "v2" as const),
                (weight, stable) => {
                    const { v1, v2 } = sharesOf(stable, weight);
                    assert.equal(v1 + v2, 100);
                    assert.ok(v1 >= 0 && v2 >= 0);
                },
            ),
        );
    });
});

describe("planOf", () => {
    it("should name the Service in full", () => {
        assert.equal(planOf(validConfig()).host, "web.demo.svc.cluster.local");
    });

    it("should wait for nothing of the canary's at weight 0", () => {
        const plan = planOf(validConfig({ weight: 0 }));
        assert.equal(plan.routeWaitsFor, undefined);
        assert.deepEqual(
            plan.workloads.map(({ slot, skipAwait }) => ({ slot, skipAwait })),
            [
                { slot: "v1", skipAwait: false },
                { slot: "v2", skipAwait: true },
            ],
        );
    });

    it("should let a route with weight wait for the canary, in whichever slot it is", () => {
        const plan = planOf(validConfig({ weight: 1, stable: "v2", canary: "v1" }));
        assert.equal(plan.routeWaitsFor, "v1");
        assert.deepEqual(
            plan.workloads.map(({ skipAwait }) => skipAwait),
            [false, false],
        );
    });

    it("should plan no workload for a slot that config does not fill", () => {
        const plan = planOf(validConfig({ versions: { v1: { image: "web:1" } } }));
        assert.deepEqual(
            plan.workloads.map(({ name }) => name),
            ["web-v1"],
        );
    });
});
