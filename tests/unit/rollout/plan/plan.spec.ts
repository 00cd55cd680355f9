import assert from "node:assert/strict";
import fc from "fast-check";
import { planOf } from "../../../../rollout/plan/plan";
import { sharesOf } from "../../../../rollout/plan/shares";
import { validConfig } from "../../../fixtures/rollout/rollout";

describe("sharesOf", () => {
    it("gives the canary its weight and the stable the rest", () => {
        assert.deepEqual(sharesOf("v1", 10), { v1: 90, v2: 10 });
        assert.deepEqual(sharesOf("v2", 10), { v1: 10, v2: 90 });
    });

    it("adds up to 100 at every weight, for both assignments of roles", () => {
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
    it("returns the fully qualified name of the Service", () => {
        assert.equal(planOf(validConfig()).host, "web.demo.svc.cluster.local");
    });

    it("waits for no canary pods at weight 0", () => {
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

    it("makes the route wait for the canary above weight 0, in either slot", () => {
        const plan = planOf(validConfig({ weight: 1, stable: "v2", canary: "v1" }));
        assert.equal(plan.routeWaitsFor, "v1");
        assert.deepEqual(
            plan.workloads.map(({ skipAwait }) => skipAwait),
            [false, false],
        );
    });

    it("has no workload for a slot without a version", () => {
        const plan = planOf(validConfig({ versions: { v1: { image: "web:1" } } }));
        assert.deepEqual(
            plan.workloads.map(({ name }) => name),
            ["web-v1"],
        );
    });
});
