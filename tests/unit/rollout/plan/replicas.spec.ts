import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { replicasAt } from "../../../../rollout/plan/replicas";
import { validConfig, validInput, validManifests } from "../../../fixtures/rollout/rollout";

type Capacity = NonNullable<RolloutInput["capacity"]>;

const proportional = (change: Capacity = {}) =>
    ({ canary: "proportional", total: 10, ...change }) as const;
const versions = (stable: number, canary: number) => ({
    v1: { image: "web:1", replicas: stable },
    v2: { image: "web:2", replicas: canary },
});
const at = (weight: number, capacity: Capacity, own = versions(1, 1)) =>
    replicasAt(validConfig({ capacity, versions: own }), weight);

describe("replicasAt", () => {
    it("should leave the slots their own numbers unless asked", () => {
        for (const weight of [0, 50, 100]) {
            assert.deepEqual(at(weight, {}, versions(4, 2)), { v1: 4, v2: 2 });
        }
    });

    const phases: [weight: number, pods: number][] = [
        [0, 1],
        [1, 1],
        [10, 1],
        [11, 2],
        [25, 3],
        [50, 5],
        [100, 10],
    ];
    for (const [weight, pods] of phases) {
        it(`should give the canary ${pods} of 10 pods at weight ${weight}, and leave the stable all`, () => {
            assert.deepEqual(at(weight, proportional()), { v1: 10, v2: pods });
        });
    }

    it("should add the headroom to a share, but never exceed the whole", () => {
        assert.equal(at(25, proportional({ headroom: 20 })).v2, 3);
        assert.equal(at(50, proportional({ headroom: 20 })).v2, 6);
        assert.equal(at(95, proportional({ headroom: 20 })).v2, 10);
    });

    it("should have at least what a slot says itself, and nothing where it says 0", () => {
        assert.deepEqual(at(10, proportional(), versions(12, 3)), { v1: 12, v2: 3 });
        assert.deepEqual(at(50, proportional(), versions(1, 0)), { v1: 10, v2: 0 });
    });

    it("should take pods from the stable only when told to", () => {
        const capacity = proportional({ stable: "proportional" });
        assert.deepEqual(at(25, capacity), { v1: 8, v2: 3 });
        assert.deepEqual(at(100, capacity), { v1: 1, v2: 10 });
    });

    it("should take no pod from the version that a promotion makes stable", () => {
        const capacity = proportional();
        const before = replicasAt(validConfig({ capacity }), 100);
        const after = replicasAt(validConfig({ capacity, stable: "v2", canary: "v1" }), 0);
        assert.equal(after.v2, before.v2);
    });

    it("should be the split of all pods where there is no Istio", () => {
        const config = validConfig({
            mode: "replicas",
            totalReplicas: 4,
            versions: { v1: { image: "web:1" }, v2: { image: "web:2" } },
        });
        assert.deepEqual(replicasAt(config, 25), { v1: 3, v2: 1 });
    });

    const anyCapacity = fc.record({
        canary: fc.constant("proportional" as const),
        total: fc.integer({ min: 1, max: 1_000 }),
        headroom: fc.integer({ min: 0, max: 1_000 }),
        stable: fc.constantFrom("full" as const, "proportional" as const),
    });
    const anyOwn = fc.integer({ min: 1, max: 20 });
    const anyWeight = fc.integer({ min: 0, max: 100 });

    it("should have enough pods for the share of each slot, and no more than the whole or its own", () => {
        fc.assert(
            fc.property(anyCapacity, anyOwn, anyOwn, anyWeight, (capacity, one, two, weight) => {
                const { v1, v2 } = at(weight, capacity, versions(one, two));
                assert.ok(v2 * 100 >= capacity.total * weight);
                assert.ok(v1 * 100 >= capacity.total * (100 - weight));
                assert.ok(v1 <= Math.max(capacity.total, one));
                assert.ok(v2 <= Math.max(capacity.total, two));
            }),
        );
    });

    it("should keep the stable able to take everything back unless told otherwise", () => {
        fc.assert(
            fc.property(anyCapacity, anyWeight, ({ total, headroom }, weight) => {
                assert.ok(at(weight, proportional({ total, headroom })).v1 >= total);
            }),
        );
    });

    it("should never have fewer canary pods at a higher weight, nor more of the stable's", () => {
        fc.assert(
            fc.property(anyCapacity, anyWeight, anyWeight, (capacity, one, other) => {
                const low = at(Math.min(one, other), capacity);
                const high = at(Math.max(one, other), capacity);
                assert.ok(high.v2 >= low.v2);
                assert.ok(high.v1 <= low.v1);
            }),
        );
    });
});

describe("capacity", () => {
    it("should be the Deployments' replicas at the weight", () => {
        const { workloads } = validManifests({ capacity: proportional(), weight: 25 });
        const pods = workloads.map(({ deployment }) => deployment.spec.replicas);
        assert.deepEqual(pods, [10, 3]);
    });

    const refused: [what: string, capacity: object, problem: string][] = [
        [
            "a share of nothing",
            { canary: "proportional" },
            "capacity.total: expected the number of pods that serve all requests, because capacity.canary is proportional, got nothing.",
        ],
        [
            "a total that nothing follows",
            { total: 10 },
            'capacity.canary: expected proportional, because other keys of capacity are set, got "fixed".',
        ],
        [
            "a stable that follows alone",
            { stable: "proportional" },
            'capacity.canary: expected proportional, because other keys of capacity are set, got "fixed".',
        ],
        [
            "a total of none",
            { canary: "proportional", total: 0 },
            "capacity.total: expected an integer from 1 to 1000, got 0.",
        ],
        [
            "another way",
            { canary: "linear" },
            'capacity.canary: expected one of fixed, proportional, got "linear".',
        ],
    ];
    for (const [what, capacity, problem] of refused) {
        it(`should refuse ${what}`, () => {
            const result = checkConfig({ ...validInput(), capacity });
            const problems = result.ok ? [] : result.problems;
            assert.deepEqual(problems.map(problemLine), [problem]);
        });
    }
});
