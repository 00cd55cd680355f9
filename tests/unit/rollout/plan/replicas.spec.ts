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
    it("returns the versions' own replicas by default", () => {
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
        it(`gives the canary ${pods} of 10 pods at weight ${weight}, and keeps all of the stable's`, () => {
            assert.deepEqual(at(weight, proportional()), { v1: 10, v2: pods });
        });
    }

    it("adds the headroom to a share, but never exceeds the total", () => {
        assert.equal(at(25, proportional({ headroom: 20 })).v2, 3);
        assert.equal(at(50, proportional({ headroom: 20 })).v2, 6);
        assert.equal(at(95, proportional({ headroom: 20 })).v2, 10);
    });

    it("keeps at least a version's own replicas, and 0 if they are 0", () => {
        assert.deepEqual(at(10, proportional(), versions(12, 3)), { v1: 12, v2: 3 });
        assert.deepEqual(at(50, proportional(), versions(1, 0)), { v1: 10, v2: 0 });
    });

    it("removes stable pods only with capacity.stable proportional", () => {
        const capacity = proportional({ stable: "proportional" });
        assert.deepEqual(at(25, capacity), { v1: 8, v2: 3 });
        assert.deepEqual(at(100, capacity), { v1: 1, v2: 10 });
    });

    it("keeps all pods of the version that a promotion makes stable", () => {
        const capacity = proportional();
        const before = replicasAt(validConfig({ capacity }), 100);
        const after = replicasAt(validConfig({ capacity, stable: "v2", canary: "v1" }), 0);
        assert.equal(after.v2, before.v2);
    });

    it("splits all pods in mode replicas", () => {
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

    it("has enough pods for the share of each slot, and no more than the total or its own replicas", () => {
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

    it("keeps enough stable pods for all requests by default", () => {
        fc.assert(
            fc.property(anyCapacity, anyWeight, ({ total, headroom }, weight) => {
                assert.ok(at(weight, proportional({ total, headroom })).v1 >= total);
            }),
        );
    });

    it("never has fewer canary pods or more stable pods at a higher weight", () => {
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
    it("sets the replicas of the Deployments", () => {
        const { workloads } = validManifests({ capacity: proportional(), weight: 25 });
        const pods = workloads.map(({ deployment }) => deployment.spec.replicas);
        assert.deepEqual(pods, [10, 3]);
    });

    const refused: [what: string, capacity: object, problem: string][] = [
        [
            "proportional without a total",
            { canary: "proportional" },
            "capacity.total: expected the number of pods that can serve all requests, because capacity.canary is proportional, got nothing.",
        ],
        [
            "a total with a fixed canary",
            { total: 10 },
            'capacity.canary: expected proportional, because other keys of capacity are set, got "fixed".',
        ],
        [
            "a proportional stable with a fixed canary",
            { stable: "proportional" },
            'capacity.canary: expected proportional, because other keys of capacity are set, got "fixed".',
        ],
        [
            "a total of 0",
            { canary: "proportional", total: 0 },
            "capacity.total: expected an integer from 1 to 1000, got 0.",
        ],
        [
            "an unknown value",
            { canary: "linear" },
            'capacity.canary: expected one of fixed, proportional, got "linear".',
        ],
    ];
    for (const [what, capacity, problem] of refused) {
        it(`rejects ${what}`, () => {
            const result = checkConfig({ ...validInput(), capacity });
            const problems = result.ok ? [] : result.problems;
            assert.deepEqual(problems.map(problemLine), [problem]);
        });
    }
});
