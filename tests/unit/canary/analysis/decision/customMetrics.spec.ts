// Custom metrics in the decision: dry runs, and looks that overlap.
import assert from "node:assert/strict";
import type { DriverInput } from "../../../../../canary/analysis/config/driverConfig";
import {
    enterPhase,
    startClock,
    startState,
} from "../../../../../canary/analysis/decision/analysisState";
import { decide, type Sample } from "../../../../../canary/analysis/decision/decide";
import type { Decision } from "../../../../../canary/analysis/decision/decision";
import { looks, seen, started, T0 } from "../../../../fixtures/analysis/settings";

type Metrics = NonNullable<NonNullable<DriverInput["analysis"]>["metrics"]>;

/** The first decision that is not to hold, and the number of its sample; the last one if all hold. */
function decided(metrics: Metrics, samples: readonly Sample[]): Decision & { samples: number } {
    const settings = started({ metrics });
    let state = startClock(enterPhase(settings, startState(settings, 0, T0), 10, T0), T0);
    let found: Decision | undefined;
    for (const [index, sample] of samples.entries()) {
        const { state: next, decision } = decide(settings, state, sample);
        state = next;
        found = decision;
        if (decision.action !== "hold") return { ...decision, samples: index + 1 };
    }
    assert.ok(found);
    return { ...found, samples: samples.length };
}

const orders = (custom: object) => seen([50, 0], [450, 0], { custom: { orders: custom } });
const gauge = { name: "orders", query: "q", better: "higher", ratio: 0.9 } as const;
const WORSE = { canary: 80, stable: 100 };

describe("a metric with dryRun", () => {
    for (const [what, value, verdict] of [
        ["that fails", WORSE, "fail"],
        ["without a value", {}, "inconclusive"],
        ["whose source has a problem", { problem: "no answer" }, "error"],
    ] as const) {
        it(`${what} neither rolls back nor holds`, () => {
            const judged = decided([gauge], looks(orders(value), 30));
            const dry = decided([{ ...gauge, dryRun: true }], looks(orders(value), 30));
            assert.notEqual(judged.action, "advance");
            assert.equal(dry.action, "advance");
            const gate = dry.gates.find((one) => one.gate === "metric orders");
            assert.equal(gate?.verdict, verdict);
            assert.equal(gate.dryRun, true);
            assert.match(gate.reason, /^dry run, decides nothing: /);
            assert.doesNotMatch(dry.reason, /orders/);
        });
    }
});
