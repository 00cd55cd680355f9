import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
    enterPhase,
    startClock,
    startState,
} from "../../../../../canary/analysis/decision/analysisState";
import { decide, type Sample } from "../../../../../canary/analysis/decision/decide";
import type { Decision } from "../../../../../canary/analysis/decision/decision";
import type { Started } from "../../../../../canary/analysis/record/record";
import { looks, seen, started, T0 } from "../../../../fixtures/analysis/settings";

/** All decisions at a weight, up to the first one that does not hold. */
function decisions(settings: Started, weight: number, samples: readonly Sample[]): Decision[] {
    let state = startClock(startState(settings, weight, T0), T0);
    const made: Decision[] = [];
    for (const sample of samples) {
        const next = decide(settings, state, sample);
        state = next.state;
        made.push(next.decision);
        if (next.decision.action !== "hold") break;
    }
    return made;
}

function last(
    settings: Started,
    weight: number,
    samples: readonly Sample[],
): Decision & { samples: number } {
    const made = decisions(settings, weight, samples);
    const decision = made.at(-1);
    assert.ok(decision);
    return { ...decision, samples: made.length };
}

const healthy = seen([50, 0], [450, 0]);

describe("decide", () => {
    it("advances a healthy canary after minDwell, and not before", () => {
        const { action, verdict, samples } = last(started(), 10, looks(healthy, 60));
        assert.deepEqual([action, verdict, samples], ["advance", "pass", 6]);
    });

    it("does not advance before callers have the weight, but rolls back on evidence", () => {
        const settings = started();
        const actionsEarly = (observation: typeof healthy) => {
            let state = startState(settings, 10, T0);
            const actions = looks(observation, 20).map((sample) => {
                const next = decide(settings, state, sample);
                state = next.state;
                return next.decision.action;
            });
            return [...new Set(actions)];
        };
        assert.deepEqual(actionsEarly(healthy), ["hold"]);
        assert.deepEqual(actionsEarly(seen([50, 50], [450, 0])), ["hold", "rollback"]);
    });

    it("rolls back a canary that fails every request at the second sample, also in the warm-up", () => {
        const { action, verdict, reason, samples } = last(
            started(),
            10,
            looks(seen([50, 50], [450, 0]), 60),
        );
        assert.deepEqual([action, verdict, samples], ["rollback", "fail", 2]);
        assert.match(
            reason,
            /^errors: the canary fails more than the stable: 100 of 100 canary requests and 0 of 900 stable requests failed/,
        );
    });

    it("rolls back at 20 % failures sooner than at 5 %", () => {
        const five = last(started(), 10, looks(seen([60, 3], [540, 1]), 60));
        const twenty = last(started(), 10, looks(seen([60, 12], [540, 1]), 60));
        assert.equal(five.action, "rollback");
        assert.equal(twenty.action, "rollback");
        assert.ok(twenty.samples < five.samples, `${twenty.samples} and ${five.samples} samples`);
    });

    it("does not roll back if both versions fail equally", () => {
        const made = decisions(started(), 10, looks(seen([50, 10], [450, 90]), 60));
        assert.ok(made.every(({ action }) => action !== "rollback"));
    });

    it("holds without traffic, gives that as the reason, and asks for a decision at the deadline", () => {
        const settings = started({ deadline: "20m" });
        const made = decisions(settings, 10, looks(seen([0, 0], [0, 0]), 300));
        assert.match(made[100]?.reason ?? "", /no requests to either version for 8 min/);
        assert.ok(made.slice(0, -1).every(({ verdict }) => verdict === "inconclusive"));
        assert.deepEqual([made.length, made.at(-1)?.action], [300, "hold"]);
        assert.match(made.at(-1)?.reason ?? "", /the deadline of 20m has passed.*To decide, run/);
        assert.deepEqual(made.at(-1)?.gates.at(-1)?.gate, "time");
    });

    it("holds while traffic has stopped, and advances when it returns", () => {
        const calls = seen([5, 0], [45, 0]);
        const minute = looks(calls, 12);
        const silence = looks(seen([0, 0], [0, 0]), 100, T0 + 60_000);
        const made = decisions(started(), 10, [...minute, ...silence]);
        assert.deepEqual([...new Set(made.map(({ action }) => action))], ["hold"]);
        assert.match(
            made.at(-1)?.reason ?? "",
            /^traffic: no requests to either version for 8 min( \d+ s)?$/,
        );
        const again = looks(calls, 1, T0 + 560_000);
        const { action, reason } = last(started(), 10, [...minute, ...silence, ...again]);
        assert.equal(action, "advance");
        assert.match(reason, /without evidence of harm/);
    });

    it("rolls back after maxDwell if only the stable gets requests", () => {
        const { action, reason, samples } = last(started(), 10, looks(seen([0, 0], [500, 0]), 300));
        assert.deepEqual([action, samples], ["rollback", 60]);
        assert.match(reason, /no request reached the canary/);
    });

    it("advances at low traffic after maxDwell with minRequests, but to 100 % only on evidence", () => {
        const settings = started();
        const few = seen([2, 0], [18, 0]);
        const early = last(settings, 10, looks(few, 400));
        assert.deepEqual([early.action, early.samples], ["advance", 60]);
        assert.match(early.reason, /without evidence of harm/);
        const late = last(settings, 50, looks(seen([1, 0], [1, 0]), 400));
        assert.notEqual(late.action, "advance");
    });

    for (const [onInconclusive, action] of [
        ["promote", "advance"],
        ["rollback", "rollback"],
        ["hold", "hold"],
    ] as const) {
        it(`applies onInconclusive at maxTotal: ${onInconclusive}`, () => {
            const settings = started({ onInconclusive });
            const made = last(settings, 50, looks(seen([1, 0], [1, 0]), 200));
            assert.equal(made.action, action);
        });
    }

    it("never passes without data from Prometheus, and rolls back after blindLimit", () => {
        const settings = started();
        const blind = Array.from({ length: 80 }, (_, index) => ({
            at: T0 + 5_000 * (index + 1),
            problem: "unreachable" as const,
            reason: "connect ECONNREFUSED",
        }));
        const made = decisions(settings, 10, blind);
        assert.ok(made.every(({ verdict }) => verdict === "error"));
        assert.deepEqual([made.length, made.at(-1)?.action], [60, "rollback"]);
        assert.match(
            made.at(-1)?.reason ?? "",
            /^data: no counts for 5 min \(unreachable\): connect ECONNREFUSED/,
        );
        const patient = decisions(started({ onBlind: "hold" }), 10, blind);
        assert.ok(patient.every(({ action }) => action === "hold"));
    });

    it("holds if both versions miss the objective, and rolls back if only the canary does", () => {
        const settings = started({ objective: { errorShare: 0.01 }, margin: 0.05 });
        const both = decisions(settings, 10, looks(seen([50, 1], [450, 9]), 60));
        assert.ok(both.every(({ action }) => action === "hold"));
        assert.match(both.at(-1)?.reason ?? "", /objective: the stable misses the objective too/);
        const alone = last(settings, 10, looks(seen([50, 3], [450, 0]), 60));
        assert.equal(alone.action, "rollback");
        assert.match(alone.reason, /^objective: only the canary misses the objective/);
    });

    it("rolls back when the exposure budget is spent", () => {
        const settings = started({ exposureBudget: 5 });
        const { action, reason } = last(settings, 10, looks(seen([50, 2], [450, 9]), 60));
        assert.equal(action, "rollback");
        assert.match(
            reason,
            /^exposure: \d+ of a budget of 5 failed requests spent; odds \d+ to 1/,
        );
    });

    it("judges latency by the requests above the bounds from the stable's histogram", () => {
        const settings = started({}, { bounds: [100, 250] });
        const slow = (canary: number, stable: number) =>
            seen([50, 0], [450, 0], {
                slow: [100, 250].map((bound) => ({
                    bound,
                    strata: [
                        {
                            canary: { requests: 50, failed: canary },
                            stable: { requests: 450, failed: stable },
                        },
                    ],
                })),
            });
        assert.equal(last(settings, 10, looks(slow(1, 9), 60)).action, "advance");
        const { action, reason } = last(settings, 10, looks(slow(20, 9), 60));
        assert.equal(action, "rollback");
        assert.match(reason, /^latency: odds .* \(above 100, 250 ms\)/);
    });

    it("compares the canary at 100 % with the stable's past, and promotes after the bake", () => {
        const settings = started({ bake: "1m" });
        let state = startClock(startState(settings, 50, T0), T0);
        for (const sample of looks(seen([250, 1], [250, 1]), 8)) {
            state = decide(settings, state, sample).state;
        }
        const at100 = (failed: number) => {
            let now = startClock(enterPhase(settings, state, 100, T0 + 60_000), T0 + 60_000);
            for (const sample of looks(seen([500, failed], [0, 0]), 60, T0 + 60_000)) {
                const next = decide(settings, now, sample);
                now = next.state;
                if (next.decision.action !== "hold") return next.decision;
            }
            return undefined;
        };
        assert.equal(at100(1)?.action, "promote");
        const worse = at100(50);
        assert.deepEqual([worse?.action, worse?.verdict], ["retreat", "inconclusive"]);
        assert.match(worse?.reason ?? "", /^bake: .* compared again at weight 50/);
    });

    it("never promotes a canary that begins to fail at 100 %, however short the last dwell is", () => {
        const settings = started({ minDwell: "5s", holdback: 5 }, { ladder: [50, 95, 100] });
        let state = startClock(startState(settings, 95, T0), T0);
        for (const sample of looks(seen([475, 0], [25, 0]), 20)) {
            state = decide(settings, state, sample).state;
        }
        const at = T0 + 200_000;
        state = startClock(enterPhase(settings, state, 100, at), at);
        const actions = looks(seen([500, 500], [0, 0]), 8, at).map((sample) => {
            const next = decide(settings, state, sample);
            state = next.state;
            return next.decision.action;
        });
        assert.deepEqual([...new Set(actions)], ["hold", "retreat"]);
    });

    it("distinguishes a shared incident from a fault of the canary after the retreat", () => {
        const settings = started();
        let state = startClock(startState(settings, 50, T0), T0);
        const until = (at: number, weight: number, observation: typeof healthy) => {
            state = startClock(enterPhase(settings, state, weight, at), at);
            for (const sample of looks(observation, 200, at)) {
                const next = decide(settings, state, sample);
                state = next.state;
                if (next.decision.action !== "hold") return next.decision.action;
            }
            return "hold";
        };
        for (const sample of looks(seen([250, 1], [250, 1]), 8)) {
            state = decide(settings, state, sample).state;
        }
        assert.equal(until(T0 + 100_000, 100, seen([500, 50], [0, 0])), "retreat");
        const before = state;
        assert.equal(until(T0 + 200_000, 50, seen([250, 25], [250, 0])), "rollback");
        state = before;
        assert.equal(until(T0 + 200_000, 50, seen([250, 25], [250, 25])), "advance");
        assert.equal(until(T0 + 400_000, 100, seen([500, 50], [0, 0])), "promote");
    });

    it("rolls back when 100 % looks worse for the third time", () => {
        const settings = started();
        let state = startClock(startState(settings, 50, T0), T0);
        for (const sample of looks(seen([250, 0], [250, 0]), 8)) {
            state = decide(settings, state, sample).state;
        }
        const actions: string[] = [];
        for (let bake = 1; bake <= 3; bake++) {
            const at = T0 + 1_000_000 * bake;
            state = startClock(enterPhase(settings, state, 100, at), at);
            for (const sample of looks(seen([500, 100], [0, 0]), 60, at)) {
                const next = decide(settings, state, sample);
                state = next.state;
                if (next.decision.action === "hold") continue;
                actions.push(next.decision.action);
                break;
            }
            state = startClock(enterPhase(settings, state, 50, at + 500_000), at + 500_000);
            for (const sample of looks(seen([250, 0], [250, 0]), 8, at + 500_000)) {
                state = decide(settings, state, sample).state;
            }
        }
        assert.deepEqual(actions, ["retreat", "retreat", "rollback"]);
    });

    it("rolls back on a gauge that is worse in `samples` consecutive samples", () => {
        const metrics = [
            { name: "orders", query: "q", better: "higher" as const, ratio: 0.9, samples: 3 },
        ];
        const settings = started({ metrics });
        const orders = (canary: number) =>
            seen([50, 0], [450, 0], { custom: { orders: { canary, stable: 100 } } });
        const worse = last(settings, 10, looks(orders(80), 20));
        assert.deepEqual([worse.action, worse.samples], ["rollback", 3]);
        assert.match(
            worse.reason,
            /^metric orders: canary 80, stable 100; higher is better, limit 0.9 times the stable's/,
        );
        assert.equal(last(settings, 10, looks(orders(95), 20)).action, "advance");
    });

    it("tests a custom counter like failures", () => {
        const metrics = [
            {
                name: "orders",
                query: "q",
                of: "r",
                kind: "counter" as const,
                better: "higher" as const,
            },
        ];
        const settings = started({ metrics });
        const at = (rate: number) =>
            Array.from({ length: 40 }, (_, index) => ({
                at: T0 + 5_000 * (index + 1),
                observation: seen([50, 0], [450, 0], {
                    custom: {
                        orders: {
                            canary: 50 * rate,
                            canaryOf: 50,
                            stable: 405,
                            stableOf: 450,
                        },
                    },
                }),
            }));
        assert.equal(last(settings, 10, at(0.9)).action, "advance");
        assert.equal(last(settings, 10, at(0.4)).action, "rollback");
    });

    it("never advances or promotes at a sample at which a gate fails", () => {
        const arm = fc.tuple(fc.nat(200), fc.double({ min: 0, max: 1, noNaN: true }));
        const observation = fc
            .tuple(arm, arm)
            .map(([[n1, f1], [n0, f0]]) =>
                seen([n1, Math.round(n1 * f1)], [n0, Math.round(n0 * f0)]),
            );
        fc.assert(
            fc.property(
                fc.constantFrom(10, 25, 50, 100),
                fc.array(observation, { minLength: 1, maxLength: 40 }),
                (weight, all) => {
                    const settings = started({
                        exposureBudget: 100,
                        objective: { errorShare: 0.05 },
                    });
                    const at = all.map((one, index) => ({
                        at: T0 + 5_000 * (index + 1),
                        observation: one,
                    }));
                    for (const { action, gates, verdict, reason } of decisions(
                        settings,
                        weight,
                        at,
                    )) {
                        const failed = gates.some((one) => one.verdict === "fail");
                        assert.equal(failed, action === "rollback");
                        if (verdict === "pass") assert.ok(["advance", "promote"].includes(action));
                        assert.ok(reason.length > 0);
                    }
                },
            ),
        );
    });

    it("has a state that survives JSON", () => {
        const settings = started({}, { bounds: [100] });
        let state = startClock(startState(settings, 10, T0), T0);
        for (const sample of looks(seen([50, 3], [450, 4]), 10))
            state = decide(settings, state, sample).state;
        assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    });
});
