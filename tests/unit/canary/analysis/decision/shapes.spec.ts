// Shapes of real traffic that a comparison of failure shares alone gets wrong; bench:shapes has them with chance.
import assert from "node:assert/strict";
import type { Stratum } from "../../../../../canary/analysis/counts/observation";
import {
    enterPhase,
    startClock,
    startState,
} from "../../../../../canary/analysis/decision/analysisState";
import { decide } from "../../../../../canary/analysis/decision/decide";
import { usualFailures } from "../../../../../canary/analysis/decision/measureBaseline";
import type { Started } from "../../../../../canary/analysis/record/record";
import { looks, seen, started, T0 } from "../../../../fixtures/analysis/settings";

type Seen = ReturnType<typeof seen>;

/** The first decision other than to hold, and the number of its sample. */
function end(settings: Started, weight: number, observations: readonly Seen[]) {
    let state = startClock(startState(settings, weight, T0), T0);
    for (const [index, observation] of observations.entries()) {
        const at = T0 + 5_000 * (index + 1);
        const next = decide(settings, state, { at, observation });
        state = next.state;
        const { action, reason, gates } = next.decision;
        if (action !== "hold") return { action, reason, gates, sample: index + 1 };
    }
    return { action: "hold", reason: "", gates: [], sample: observations.length };
}

const times = (count: number, observation: Seen) =>
    Array.from({ length: count }, () => observation);
const healthy = seen([25, 0], [225, 0]);

/** A sample in which requests are rejected. */
function rejected(
    kind: "notFound" | "unauthenticated" | "invalid",
    canary: number,
    stable = 0,
): Seen {
    const counts = healthy.strata[0];
    assert.ok(counts);
    const stratum: Stratum = { ...counts, clientErrors: { [kind]: { canary, stable } } };
    return { ...healthy, strata: [stratum] };
}

describe("decide, in the shapes of real traffic", () => {
    it("rolls back a canary that answers 404 to every request within two samples", () => {
        const { action, sample, reason } = end(started(), 10, times(20, rejected("notFound", 25)));
        assert.deepEqual([action, sample], ["rollback", 2]);
        assert.match(reason, /^client errors: 50 of 50 canary requests .* answered with 404/);
    });

    it("rolls back a canary that answers 401 to 30 %, and lets a changed validation pass", () => {
        const of = (...args: Parameters<typeof rejected>) =>
            end(started({ latency: { enabled: false } }), 10, times(20, rejected(...args))).action;
        assert.equal(of("unauthenticated", 8), "rollback");
        assert.equal(of("unauthenticated", 8, 72), "advance");
        assert.equal(of("invalid", 2), "advance");
        assert.equal(of("invalid", 20), "rollback");
    });

    it("does not roll back for client errors if that is turned off", () => {
        const settings = started({ clientErrors: { enabled: false } });
        assert.equal(end(settings, 10, times(20, rejected("notFound", 25))).action, "advance");
    });

    it("does not roll back for a burst of ten seconds, and does for a longer one", () => {
        const burst = seen([25, 8], [225, 0]);
        const settings = started({ warmUp: { errors: "0s" } });
        const of = (samples: number) =>
            end(settings, 10, [
                ...times(3, healthy),
                ...times(samples, burst),
                ...times(80, healthy),
            ]).action;
        assert.equal(of(3), "advance");
        assert.equal(of(6), "rollback");
    });

    it("passes nothing while a burst lasts", () => {
        const settings = started({ warmUp: { errors: "0s" } });
        const burst = seen([25, 8], [225, 0]);
        const { action, sample } = end(settings, 10, [
            ...times(4, healthy),
            ...times(3, burst),
            ...times(80, healthy),
        ]);
        assert.equal(action, "advance");
        assert.ok(sample > 8, `advanced at sample ${sample}`);
    });

    it("forgives 2 % failures in the first 30 s of the canary, and not later", () => {
        const few = seen([200, 4], [1_800, 0]);
        const many = seen([200, 0], [1_800, 0]);
        assert.equal(end(started(), 10, [...times(6, few), ...times(40, many)]).action, "advance");
        assert.equal(end(started(), 10, times(60, few)).action, "rollback");
    });

    it("does not judge the latency of new pods, and does afterwards", () => {
        const slow = (canary: number) =>
            seen([50, 0], [450, 0], {
                slow: [
                    {
                        bound: 100,
                        strata: [
                            {
                                canary: { requests: 50, failed: canary },
                                stable: { requests: 450, failed: 9 },
                            },
                        ],
                    },
                ],
            });
        const settings = started({}, { bounds: [100] });
        const warm = [...times(11, slow(40)), ...times(20, slow(1))];
        assert.equal(end(settings, 10, warm).action, "advance");
        const stays = end(settings, 10, times(40, slow(40)));
        assert.equal(stays.action, "rollback");
        assert.match(stays.reason, /^latency/);
    });

    it("compares both versions during the bake, below 100 %", () => {
        const settings = started({ bake: "1m" }, { ladder: [10, 25, 50, 95, 100] });
        const shared = seen([237, 100], [13, 6]);
        const alone = seen([237, 100], [13, 0]);
        const calm = seen([237, 0], [13, 0]);
        assert.equal(
            end(settings, 95, [...times(6, shared), ...times(40, calm)]).action,
            "advance",
        );
        assert.equal(end(settings, 95, times(20, alone)).action, "rollback");
    });

    it("retreats from 100 % if the canary becomes slower there than the stable was", () => {
        const settings = started(
            { bake: "5m", holdback: 0 },
            { bounds: [100], ladder: [10, 25, 50, 100] },
        );
        const slow = (requests: number, failed: number, stable: number) => {
            const arm = { requests: stable, failed: stable / 50 };
            const strata = [{ canary: { requests, failed }, stable: arm }];
            return seen([requests, 0], [stable, 0], { slow: [{ bound: 100, strata }] });
        };
        let state = startClock(startState(settings, 50, T0), T0);
        for (const sample of looks(slow(250, 5, 250), 30)) {
            state = decide(settings, state, sample).state;
        }
        state = startClock(enterPhase(settings, state, 100, T0 + 200_000), T0 + 200_000);
        const actions = looks(slow(500, 200, 0), 20, T0 + 200_000).map((sample) => {
            const next = decide(settings, state, sample);
            state = next.state;
            return next.decision;
        });
        const end = actions.find(({ action }) => action !== "hold");
        assert.equal(end?.action, "retreat");
        assert.match(end?.reason ?? "", /^latency: .* compared again at weight 50/);
    });

    it("tests nothing for 40 s after a retreat, because requests from before end late", () => {
        const settings = started({}, { ladder: [10, 25, 50, 100] });
        let state = startClock(startState(settings, 50, T0), T0);
        state = startClock(enterPhase(settings, state, 100, T0 + 60_000), T0 + 60_000);
        state = startClock(enterPhase(settings, state, 50, T0 + 120_000), T0 + 120_000);
        const late = looks(seen([150, 120], [100, 0]), 7, T0 + 120_000);
        for (const sample of late) {
            const next = decide(settings, state, sample);
            state = next.state;
            assert.equal(next.decision.action, "hold");
        }
    });

    it("tests again after a retreat at once if the clock was set back meanwhile", () => {
        const settings = started({}, { ladder: [10, 25, 50, 100] });
        const ahead = T0 + 600_000;
        let state = startClock(startState(settings, 100, ahead), ahead);
        state = startClock(enterPhase(settings, state, 50, ahead), ahead);
        const actions = looks(seen([250, 250], [250, 0]), 6, T0).map((sample) => {
            const next = decide(settings, state, sample);
            state = next.state;
            return next.decision.action;
        });
        assert.ok(actions.includes("rollback"), actions.join(", "));
    });

    it("retreats from 100 % once two samples in a row have failed, and rolls back only on more", () => {
        const settings = started({ bake: "5m", holdback: 0 });
        const at100 = (bakes: number) => {
            let state = startClock(startState(settings, 50, T0), T0);
            for (const sample of looks(seen([250, 0], [250, 0]), 10)) {
                state = decide(settings, state, sample).state;
            }
            state = startClock(enterPhase(settings, state, 100, T0 + 50_000), T0 + 50_000);
            state = { ...state, bakes };
            const actions = looks(seen([500, 500], [0, 0]), 9, T0 + 50_000).map((sample) => {
                const next = decide(settings, state, sample);
                state = next.state;
                return next.decision.action;
            });
            const index = actions.findIndex((action) => action !== "hold");
            return { action: actions[index], sample: index + 1 };
        };
        assert.deepEqual(at100(1), { action: "retreat", sample: 2 });
        const { action, sample } = at100(3);
        assert.equal(action, "rollback");
        assert.ok(sample > 3, `rolled back at sample ${sample}`);
    });

    it("compares nothing at 100 %, where the last requests to the stable are from before an incident", () => {
        const settings = started({ bake: "5m", holdback: 0 }, { rate: 500 });
        let state = startClock(startState(settings, 50, T0), T0);
        for (const sample of looks(seen([1_250, 1], [1_250, 1]), 10)) {
            state = decide(settings, state, sample).state;
        }
        state = startClock(enterPhase(settings, state, 100, T0 + 50_000), T0 + 50_000);
        const late = looks(seen([2_500, 1_000], [1_000, 1]), 6, T0 + 50_000);
        const actions = late.map((sample) => {
            const next = decide(settings, state, sample);
            state = next.state;
            return next.decision.action;
        });
        assert.ok(!actions.includes("rollback"), actions.join(", "));
        assert.ok(actions.includes("retreat"), actions.join(", "));
    });

    it("goes on after a retreat that finds no difference, whatever onInconclusive is", () => {
        const settings = started({
            ...{ holdback: 0, bake: "5m", minDwell: "30s", maxDwell: "1m", maxTotal: "2m" },
            onInconclusive: "rollback",
        });
        let state = startClock(startState(settings, 50, T0), T0);
        state = startClock(enterPhase(settings, state, 100, T0 + 130_000), T0 + 130_000);
        state = startClock(enterPhase(settings, state, 50, T0 + 150_000), T0 + 150_000);
        // Both fail too much to show that the canary fails at most `blast` more.
        const actions = looks(seen([100, 5], [100, 5]), 40, T0 + 150_000).map((sample) => {
            const next = decide(settings, state, sample);
            state = next.state;
            return next.decision.action;
        });
        const first = actions.findIndex((action) => action !== "hold");
        assert.deepEqual([actions[first], first + 1], ["advance", 12]);
    });

    it("says that there is no evidence only after maxDwell in the last phase", () => {
        const settings = started({
            ...{ minDwell: "30s", maxDwell: "1m", maxTotal: "2m", onInconclusive: "rollback" },
        });
        let state = startClock(startState(settings, 25, T0), T0);
        state = startClock(enterPhase(settings, state, 50, T0 + 115_000), T0 + 115_000);
        const actions = looks(seen([10, 0], [10, 0]), 20, T0 + 115_000).map((sample) => {
            const next = decide(settings, state, sample);
            state = next.state;
            return next.decision.action;
        });
        const first = actions.findIndex((action) => action !== "hold");
        assert.deepEqual([actions[first], first + 1], ["rollback", 12]);
    });

    it("passes a phase soon after a burst is over", () => {
        const settings = started({ warmUp: { errors: "0s" } });
        const burst = seen([125, 20], [125, 20]);
        const calm = seen([125, 0], [125, 0]);
        const samples = [...times(2, calm), ...times(3, burst), ...times(80, calm)];
        const { action, sample } = end(settings, 50, samples);
        assert.equal(action, "advance");
        assert.ok(sample <= 30, `advanced at sample ${sample}`);
    });

    it("does not add up bursts, unless they hit only the canary again and again", () => {
        const burst = seen([25, 8], [225, 0]);
        const recurring = (count: number) =>
            Array.from({ length: count }, () => [...times(9, healthy), ...times(3, burst)]).flat();
        const settings = started({
            ...{ warmUp: { errors: "0s" }, minDwell: "30m", maxDwell: "1h", maxTotal: "2h" },
            ...{ deadline: "2h" },
        });
        assert.equal(end(settings, 10, recurring(6)).action, "hold");
        assert.equal(end(settings, 10, recurring(9)).action, "rollback");
    });

    it("rolls back as soon for a fault that lasts after a burst as for one without it", () => {
        const burst = [...times(9, healthy), ...times(3, seen([25, 8], [225, 0]))];
        const fault = times(30, seen([50, 5], [450, 0]));
        const settings = started({
            warmUp: { errors: "0s" },
            minDwell: "30m",
            maxDwell: "1h",
            maxTotal: "2h",
            deadline: "2h",
        });
        const before = [...burst, ...times(9, healthy)];
        const { action, sample } = end(settings, 10, [...before, ...fault]);
        assert.equal(action, "rollback");
        assert.equal(sample - before.length, end(settings, 10, fault).sample);
    });

    it("does not blame the canary for a client that always fails and has moved to it", () => {
        const usual = { failedShare: 0.02, dispersion: 1 };
        const moved = seen([30, 5], [220, 0]);
        const stayed = seen([25, 0], [225, 5]);
        const samples = [...times(8, stayed), ...times(12, moved), ...times(20, stayed)];
        assert.equal(end(started({}, { usual }), 10, samples).action, "advance");
        assert.equal(end(started(), 10, [...times(12, moved)]).action, "rollback");
        const dead = seen([25, 25], [225, 4]);
        assert.equal(end(started({}, { usual }), 10, times(10, dead)).action, "rollback");
    });

    it("keeps a canary that is no worse at the deadline, unless onDeadline says otherwise", () => {
        const little = times(100, seen([1, 0], [9, 0]));
        const quick = { maxDwell: "1m", maxTotal: "2m", deadline: "4m", bake: "3m" } as const;
        const of = (onDeadline: "hold" | "promote" | "rollback") =>
            end(started({ ...quick, onDeadline }), 50, little);
        assert.equal(of("hold").action, "hold");
        assert.equal(of("promote").action, "advance");
        assert.equal(of("rollback").action, "rollback");
    });

    it("explains with chance that no request of few reached the canary", () => {
        const two = [seen([0, 0], [2, 0]), ...times(200, seen([0, 0], [0, 0]))];
        assert.equal(end(started(), 10, two).action, "hold");
    });

    it("does not take open streams for a canary that no request reaches", () => {
        const old = { ...seen([0, 0], [20, 0]), earlier: 20 };
        assert.equal(end(started(), 10, times(200, old)).action, "hold");
        const some = { ...old, earlier: 19 };
        assert.equal(end(started(), 10, times(200, some)).action, "rollback");
    });
});

describe("usualFailures", () => {
    const minute = (failed: readonly number[]) => failed.map((x) => ({ requests: 750, failed: x }));
    const clustered = [
        { requests: 10_000, failed: 500 },
        { requests: 10_000, failed: 100 },
    ];

    it("is the median minute, if failures come in clusters", () => {
        const stretches = Array.from({ length: 10 }, () => minute([15, 15, 15, 15])).flat();
        assert.equal(usualFailures(stretches, clustered)?.failedShare, 0.02);
        const even = [
            { requests: 10_000, failed: 300 },
            { requests: 10_000, failed: 310 },
        ];
        assert.equal(usualFailures(stretches, even), undefined);
    });

    it("leaves out an incident of a minute", () => {
        const stretches = Array.from({ length: 10 }, (_, k) =>
            minute(k === 4 ? [200, 250, 250, 250] : [1, 0, 1, 1]),
        ).flat();
        const usual = usualFailures(stretches, clustered);
        assert.equal(usual?.failedShare, 0.001);
        assert.equal(usual?.dispersion, 1);
    });

    it("is unknown after less than three minutes", () => {
        assert.equal(usualFailures(minute([15, 15, 15, 15]), clustered), undefined);
    });
});
