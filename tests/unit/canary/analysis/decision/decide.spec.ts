import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
    decide,
    enterPhase,
    type Look,
    routed,
    startState,
} from "../../../../../canary/analysis/decision/decide";
import type { Decision } from "../../../../../canary/analysis/decision/decision";
import type { Started } from "../../../../../canary/analysis/record/record";
import { looks, seen, started, T0 } from "../../../../fixtures/analysis/analysis";

/** All decisions at a weight, until one is not to hold. */
function decisions(about: Started, weight: number, at: readonly Look[]): Decision[] {
    let state = routed(startState(about, weight, T0), T0);
    const made: Decision[] = [];
    for (const look of at) {
        const next = decide(about, state, look);
        state = next.state;
        made.push(next.decision);
        if (next.decision.action !== "hold") break;
    }
    return made;
}

function last(about: Started, weight: number, at: readonly Look[]): Decision & { looks: number } {
    const made = decisions(about, weight, at);
    const decision = made.at(-1);
    assert.ok(decision);
    return { ...decision, looks: made.length };
}

const healthy = seen([50, 0], [450, 0]);

describe("decide", () => {
    it("advances a healthy canary once minDwell is over, and not before", () => {
        const { action, verdict, looks: taken } = last(started(), 10, looks(healthy, 60));
        assert.deepEqual([action, verdict, taken], ["advance", "pass", 6]);
    });

    it("does not start a phase's clock before callers have the weight, but goes back on evidence before", () => {
        const about = started();
        const actionsEarly = (observation: typeof healthy) => {
            let state = startState(about, 10, T0);
            const actions = looks(observation, 20).map((look) => {
                const next = decide(about, state, look);
                state = next.state;
                return next.decision.action;
            });
            return [...new Set(actions)];
        };
        assert.deepEqual(actionsEarly(healthy), ["hold"]);
        assert.deepEqual(actionsEarly(seen([50, 50], [450, 0])), ["hold", "rollback"]);
    });

    it("rolls back a canary that fails everything at the second look after the warm-up", () => {
        const {
            action,
            verdict,
            reason,
            looks: taken,
        } = last(started(), 10, looks(seen([50, 50], [450, 0]), 60));
        assert.deepEqual([action, verdict, taken], ["rollback", "fail", 3]);
        assert.match(
            reason,
            /^errors: the canary fails more than the stable: 150 of 150 canary requests failed, 0 of 1350/,
        );
    });

    it("rolls back 5 % and 20 % of failures, the larger one sooner", () => {
        const five = last(started(), 10, looks(seen([60, 3], [540, 1]), 60));
        const twenty = last(started(), 10, looks(seen([60, 12], [540, 1]), 60));
        assert.equal(five.action, "rollback");
        assert.equal(twenty.action, "rollback");
        assert.ok(twenty.looks < five.looks, `${twenty.looks} and ${five.looks} looks`);
    });

    it("does not blame the canary for what the stable fails too", () => {
        const made = decisions(started(), 10, looks(seen([50, 10], [450, 90]), 60));
        assert.ok(made.every(({ action }) => action !== "rollback"));
    });

    it("holds without traffic, says that nobody calls, and goes back at the deadline", () => {
        const about = started({ deadline: "20m" });
        const made = decisions(about, 10, looks(seen([0, 0], [0, 0]), 300));
        assert.match(
            made[100]?.reason ?? "",
            /nobody has called either version for 505 s|for 8 min/,
        );
        assert.ok(made.slice(0, -1).every(({ verdict }) => verdict === "inconclusive"));
        assert.deepEqual([made.length, made.at(-1)?.action], [240, "rollback"]);
        assert.match(made.at(-1)?.reason ?? "", /the deadline of 20m is over/);
    });

    it("lets no time speak for a canary that nobody calls any more, and goes on when somebody does", () => {
        const calls = seen([5, 0], [45, 0]);
        const minute = looks(calls, 12);
        const silence = looks(seen([0, 0], [0, 0]), 100, T0 + 60_000);
        const made = decisions(started(), 10, [...minute, ...silence]);
        assert.deepEqual([...new Set(made.map(({ action }) => action))], ["hold"]);
        assert.match(
            made.at(-1)?.reason ?? "",
            /^traffic: nobody has called either version for (5\d\d s|8 min)$/,
        );
        const again = looks(calls, 1, T0 + 560_000);
        const { action, reason } = last(started(), 10, [...minute, ...silence, ...again]);
        assert.equal(action, "advance");
        assert.match(reason, /without evidence of harm/);
    });

    it("goes back after maxDwell where the stable is called and the canary is not", () => {
        const {
            action,
            reason,
            looks: taken,
        } = last(started(), 10, looks(seen([0, 0], [500, 0]), 300));
        assert.deepEqual([action, taken], ["rollback", 60]);
        assert.match(reason, /no request reached the canary/);
    });

    it("advances on low traffic after maxDwell with minRequests, but to 100 % only on evidence", () => {
        const about = started();
        const few = seen([2, 0], [18, 0]);
        const early = last(about, 10, looks(few, 400));
        assert.deepEqual([early.action, early.looks], ["advance", 60]);
        assert.match(early.reason, /without evidence of harm/);
        const late = last(about, 50, looks(seen([1, 0], [1, 0]), 400));
        assert.notEqual(late.action, "advance");
    });

    for (const [onInconclusive, action] of [
        ["promote", "advance"],
        ["rollback", "rollback"],
        ["hold", "hold"],
    ] as const) {
        it(`does what onInconclusive says at maxTotal: ${onInconclusive}`, () => {
            const about = started({ onInconclusive });
            const made = last(about, 50, looks(seen([1, 0], [1, 0]), 200));
            assert.equal(made.action, action);
        });
    }

    it("never passes while Prometheus gives no answer, and goes back when that lasts", () => {
        const about = started();
        const blind = Array.from({ length: 80 }, (_, index) => ({
            at: T0 + 5_000 * (index + 1),
            problem: "unreachable" as const,
            reason: "connect ECONNREFUSED",
        }));
        const made = decisions(about, 10, blind);
        assert.ok(made.every(({ verdict }) => verdict === "error"));
        assert.deepEqual([made.length, made.at(-1)?.action], [60, "rollback"]);
        assert.match(
            made.at(-1)?.reason ?? "",
            /^data: no counts for 5 min: unreachable: connect ECONNREFUSED/,
        );
        const patient = decisions(started({ onBlind: "hold" }), 10, blind);
        assert.ok(patient.every(({ action }) => action === "hold"));
    });

    it("holds where both versions miss the objective, goes back where the canary alone does", () => {
        const about = started({ objective: { errorShare: 0.01 }, margin: 0.05 });
        const both = decisions(about, 10, looks(seen([50, 1], [450, 9]), 60));
        assert.ok(both.every(({ action }) => action === "hold"));
        assert.match(both.at(-1)?.reason ?? "", /objective: the stable misses the objective too/);
        const alone = last(about, 10, looks(seen([50, 3], [450, 0]), 60));
        assert.equal(alone.action, "rollback");
        assert.match(alone.reason, /^objective: the canary alone misses the objective/);
    });

    it("goes back when the exposure budget is spent", () => {
        const about = started({ exposureBudget: 5 });
        const { action, reason } = last(about, 10, looks(seen([50, 2], [450, 9]), 60));
        assert.equal(action, "rollback");
        assert.match(
            reason,
            /^exposure: 5 of 5 failed requests are spent|^exposure: [56]\.\d of 5/,
        );
    });

    it("judges latency by the requests above the stable's bounds", () => {
        const about = started({}, { bounds: [100, 250] });
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
        assert.equal(last(about, 10, looks(slow(1, 9), 60)).action, "advance");
        const { action, reason } = last(about, 10, looks(slow(20, 9), 60));
        assert.equal(action, "rollback");
        assert.match(reason, /^latency: odds .* \(above 100, 250 ms\)/);
    });

    it("watches over 100 % by what the stable was like before, and promotes after the bake", () => {
        const about = started({ bake: "1m" });
        let state = routed(startState(about, 50, T0), T0);
        for (const look of looks(seen([250, 1], [250, 1]), 8)) {
            state = decide(about, state, look).state;
        }
        const at100 = (failed: number) => {
            let now = routed(enterPhase(about, state, 100, T0 + 60_000), T0 + 60_000);
            for (const look of looks(seen([500, failed], [0, 0]), 60, T0 + 60_000)) {
                const next = decide(about, now, look);
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

    it("tells an incident of both from the canary's fault, after the step back", () => {
        const about = started();
        let state = routed(startState(about, 50, T0), T0);
        const until = (at: number, weight: number, observation: typeof healthy) => {
            state = routed(enterPhase(about, state, weight, at), at);
            for (const look of looks(observation, 200, at)) {
                const next = decide(about, state, look);
                state = next.state;
                if (next.decision.action !== "hold") return next.decision.action;
            }
            return "hold";
        };
        for (const look of looks(seen([250, 1], [250, 1]), 8)) {
            state = decide(about, state, look).state;
        }
        assert.equal(until(T0 + 100_000, 100, seen([500, 50], [0, 0])), "retreat");
        const before = state;
        assert.equal(until(T0 + 200_000, 50, seen([250, 25], [250, 0])), "rollback");
        state = before;
        assert.equal(until(T0 + 200_000, 50, seen([250, 25], [250, 25])), "hold");
        assert.equal(until(T0 + 400_000, 100, seen([500, 50], [0, 0])), "promote");
    });

    it("goes back when 100 % looks wrong for the third time", () => {
        const about = started();
        let state = routed(startState(about, 50, T0), T0);
        for (const look of looks(seen([250, 0], [250, 0]), 8)) {
            state = decide(about, state, look).state;
        }
        const actions: string[] = [];
        for (let bake = 1; bake <= 3; bake++) {
            const at = T0 + 1_000_000 * bake;
            state = routed(enterPhase(about, state, 100, at), at);
            for (const look of looks(seen([500, 100], [0, 0]), 60, at)) {
                const next = decide(about, state, look);
                state = next.state;
                if (next.decision.action === "hold") continue;
                actions.push(next.decision.action);
                break;
            }
            state = routed(enterPhase(about, state, 50, at + 500_000), at + 500_000);
            for (const look of looks(seen([250, 0], [250, 0]), 8, at + 500_000)) {
                state = decide(about, state, look).state;
            }
        }
        assert.deepEqual(actions, ["retreat", "retreat", "rollback"]);
    });

    it("rolls back on a gauge that is worse at as many looks in a row as configured", () => {
        const metrics = [
            { name: "orders", query: "q", better: "higher" as const, ratio: 0.9, samples: 3 },
        ];
        const about = started({ metrics });
        const orders = (canary: number) =>
            seen([50, 0], [450, 0], { custom: { orders: { canary, stable: 100 } } });
        const worse = last(about, 10, looks(orders(80), 20));
        assert.deepEqual([worse.action, worse.looks], ["rollback", 3]);
        assert.match(
            worse.reason,
            /^metric orders: canary 80, stable 100; higher is better, 0.9 times the stable's/,
        );
        assert.equal(last(about, 10, looks(orders(95), 20)).action, "advance");
    });

    it("tests a count of the user's own as it tests failures", () => {
        const metrics = [
            {
                name: "orders",
                query: "q",
                of: "r",
                kind: "counter" as const,
                better: "higher" as const,
            },
        ];
        const about = started({ metrics });
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
        assert.equal(last(about, 10, at(0.9)).action, "advance");
        assert.equal(last(about, 10, at(0.4)).action, "rollback");
    });

    it("never advances, nor promotes, at a look with a gate that fails", () => {
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
                    const about = started({ exposureBudget: 100, objective: { errorShare: 0.05 } });
                    const at = all.map((one, index) => ({
                        at: T0 + 5_000 * (index + 1),
                        observation: one,
                    }));
                    for (const { action, gates, verdict, reason } of decisions(about, weight, at)) {
                        const failed = gates.some((one) => one.verdict === "fail");
                        assert.equal(failed, action === "rollback");
                        if (verdict === "pass") assert.ok(["advance", "promote"].includes(action));
                        assert.ok(reason.length > 0);
                    }
                },
            ),
        );
    });

    it("keeps a state that JSON keeps", () => {
        const about = started({}, { bounds: [100] });
        let state = routed(startState(about, 10, T0), T0);
        for (const look of looks(seen([50, 3], [450, 4]), 10))
            state = decide(about, state, look).state;
        assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    });
});
