import assert from "node:assert/strict";
import fc from "fast-check";
import { nextStep } from "../../../../../rollout/config/topics/roles";
import { sharesOf } from "../../../../../rollout/plan/shares";
import { type Options, UNKNOWN } from "../../../../../rollout/rules";
import { weightStep } from "../../../../../rollout/rules/weights/weightStep";
import { textsOf } from "../../../../fixtures/rules/findings";

type Slot = "v1" | "v2";
interface Phase {
    weight: number;
    stable?: Slot;
}

function step(last: unknown, { weight, stable = "v1" }: Phase) {
    return {
        apiVersion: "istio-canary.dev/v1",
        kind: "CanaryRollout",
        spec: {
            route: "demo/web",
            shares: sharesOf(stable, weight),
            stable,
            canary: stable === "v1" ? "v2" : "v1",
            ladder: [10, 25, 50, 100],
            last,
        },
    };
}

function texts(from: Phase, to: Phase, options?: Options): string[] {
    const { weight, stable = "v1" } = from;
    return textsOf(weightStep, [step({ shares: sharesOf(stable, weight), stable }, to)], options);
}

function refusal(found: number, limit: number, before: number, slot: Slot = "v2"): string {
    return `VirtualService demo/web: weight of subset ${slot}: expected at most ${limit} after ${before} (ladder 10, 25, 50, 100), got ${found}. Set \`weight\` to ${limit} and let that phase pass first. You can always lower the weight.`;
}

describe("weight-step", () => {
    it("passes each step of the ladder", () => {
        for (const [from, to] of [
            [0, 10],
            [10, 25],
            [25, 50],
            [50, 100],
        ] as const) {
            assert.deepEqual(texts({ weight: from }, { weight: to }), []);
        }
    });

    it("refuses to skip a step", () => {
        assert.deepEqual(texts({ weight: 10 }, { weight: 100 }), [refusal(100, 25, 10)]);
        assert.deepEqual(texts({ weight: 0 }, { weight: 25 }), [refusal(25, 10, 0)]);
        assert.deepEqual(texts({ weight: 30 }, { weight: 51 }), [refusal(51, 50, 30)]);
    });

    it("always passes a lower weight", () => {
        assert.deepEqual(texts({ weight: 50 }, { weight: 0 }), []);
        assert.deepEqual(texts({ weight: 100 }, { weight: 0 }), []);
        assert.deepEqual(texts({ weight: 50 }, { weight: 10 }), []);
    });

    it("passes the swap of roles at weight 100, and the ladder after it", () => {
        const promoted = { weight: 100 };
        const swapped: Phase = { weight: 0, stable: "v2" };
        assert.deepEqual(texts(promoted, swapped), []);
        assert.deepEqual(texts(swapped, { weight: 10, stable: "v2" }), []);
        assert.deepEqual(texts(swapped, { weight: 50, stable: "v2" }), [refusal(50, 10, 0, "v1")]);
    });

    it("refuses a swap of roles that skips steps", () => {
        assert.deepEqual(texts({ weight: 10 }, { weight: 0, stable: "v2" }), [
            refusal(100, 25, 10),
        ]);
    });

    it("prefers the ladder of the option to the rollout's", () => {
        assert.deepEqual(texts({ weight: 0 }, { weight: 10 }, { ladder: [1, 100] }), [
            "VirtualService demo/web: weight of subset v2: expected at most 1 after 0 (ladder 1, 100), got 10. Set `weight` to 1 and let that phase pass first. You can always lower the weight.",
        ]);
    });

    it("reports last weights that could not be read", () => {
        const unread = "The previous update's weights could not be read: no access.";
        assert.deepEqual(textsOf(weightStep, [step(unread, { weight: 10 })]), [
            `VirtualService demo/web: weight: expected at most one step of the ladder above the last weight, got an unknown value. ${unread}`,
        ]);
        assert.equal(textsOf(weightStep, [step(UNKNOWN, { weight: 10 })]).length, 1);
    });

    it("allows exactly what the ladder allows, for any ladder", () => {
        const ladder = fc
            .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 })
            .map((steps) => [...steps.sort((a, b) => a - b), 100]);
        const weight = fc.integer({ min: 0, max: 100 });
        fc.assert(
            fc.property(ladder, weight, weight, (steps, from, to) => {
                const found = texts({ weight: from }, { weight: to }, { ladder: steps });
                const allowed = to <= from || to <= nextStep(steps, from);
                assert.equal(found.length, allowed ? 0 : 1);
            }),
        );
    });
});
