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
function decided(
    metrics: Metrics,
    samples: readonly Sample[],
    minDwell = "30s",
): Decision & { samples: number } {
    const settings = started({ metrics, minDwell });
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

describe("a gauge over a window", () => {
    const minutely = { ...gauge, query: "sum(rate(orders[1m]))", samples: 2 };

    it("counts looks that overlap once, and none from before the rollout", () => {
        const found = decided([minutely], looks(orders(WORSE), 40));
        // The first look at 60 s, the second at 120 s.
        assert.deepEqual([found.action, found.samples], ["rollback", 24]);
        assert.match(found.reason, /worse in 2 consecutive samples at least 1 min apart/);
    });

    it("holds while an early look is worse", () => {
        const found = decided([minutely], looks(orders(WORSE), 11));
        assert.equal(found.action, "hold");
        assert.match(found.reason, /^metric orders: .* worse in 0 consecutive samples/);
    });

    it("starts again after a look that is not worse", () => {
        const samples = looks(orders(WORSE), 40).map((sample, index) =>
            index === 20 ? { ...sample, observation: orders({ canary: 99, stable: 100 }) } : sample,
        );
        assert.equal(decided([minutely], samples, "5m").samples, 34);
    });

    it("has the window of the config, before that of the query", () => {
        const found = decided([{ ...minutely, window: "0s" }], looks(orders(WORSE), 40));
        assert.deepEqual([found.action, found.samples], ["rollback", 2]);
    });

    it("counts a value that was read once, once", () => {
        const metric = { ...gauge, samples: 2 };
        const once = decided([metric], looks(orders({ ...WORSE, at: T0 + 1_000 }), 30));
        assert.equal(once.action, "hold");
        const again = looks(orders(WORSE), 30).map((sample, index) => ({
            ...sample,
            observation: orders({ ...WORSE, at: T0 + 30_000 * Math.floor(index / 6) }),
        }));
        assert.equal(decided([metric], again).samples, 7);
    });
});

describe("a counter of which more is better", () => {
    const { ratio: _, ...rest } = gauge;
    const counter = { ...rest, kind: "counter", of: "r", margin: 0.02 } as const;
    const share = (canary: number, stable: number) =>
        orders({ canary: 50 * canary, canaryOf: 50, stable: 450 * stable, stableOf: 450 });

    for (const [what, canary, stable, action] of [
        ["a small share that is lost", 0, 0.1, "rollback"],
        ["a small share that is kept", 0.1, 0.1, "advance"],
        ["a large share that falls", 0.8, 0.98, "rollback"],
        ["a large share that is kept", 0.98, 0.98, "advance"],
    ] as const) {
        it(`judges ${what}`, () => {
            assert.equal(decided([counter], looks(share(canary, stable), 60)).action, action);
        });
    }

    it("accepts more good ones than there are in all, from counters read at different instants", () => {
        const skewed = orders({ canary: 51, canaryOf: 50, stable: 450.1, stableOf: 450 });
        assert.equal(decided([counter], looks(skewed, 60)).action, "advance");
    });
});

describe("a Job as a metric", () => {
    const job = { name: "orders", provider: "job", image: "smoke:1" } as const;
    const failed = { canary: 1, at: T0 + 9_000, detail: "Job web-smoke ended with exit code 3" };

    it("holds the phase until it has ended, and lets it pass with exit code 0", () => {
        const running = decided([job], looks(orders({ detail: "Job web-smoke is running" }), 30));
        assert.equal(running.action, "hold");
        assert.match(running.reason, /metric orders: Job web-smoke is running/);
        const passed = decided([job], looks(orders({ canary: 0, at: T0, detail: "passed" }), 30));
        assert.equal(passed.action, "advance");
    });

    it("rolls back when it fails, with what its pod said", () => {
        const { action, reason, samples } = decided([job], looks(orders(failed), 30));
        assert.deepEqual([action, samples], ["rollback", 1]);
        assert.match(reason, /^metric orders: Job web-smoke ended with exit code 3/);
    });

    it("counts a Job once, however many samples show it", () => {
        const often = { ...job, samples: 2, interval: "5m" } as const;
        const { action, gates } = decided([often], looks(orders(failed), 30));
        assert.equal(action, "hold");
        const gate = gates.find((one) => one.gate === "metric orders");
        assert.match(gate?.reason ?? "", /worse in 1 consecutive sample, rollback at 2/);
    });

    it("decides nothing with dryRun", () => {
        const { action } = decided([{ ...job, dryRun: true }], looks(orders(failed), 30));
        assert.equal(action, "advance");
    });
});
