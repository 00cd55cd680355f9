import assert from "node:assert/strict";
import { forecast } from "../../../../../canary/analysis/decision/forecast";
import { planWeights } from "../../../../../canary/analysis/decision/probeWeight";
import { planText } from "../../../../../canary/cli/rollout/planText";
import { analysisOf, started } from "../../../../fixtures/analysis/settings";

describe("planWeights", () => {
    const ladder = [10, 25, 50, 100];
    /** With the weight of the bake. */
    const baked = [10, 25, 50, 95, 100];

    it("bakes below 100, unless the ladder has a weight that is as high, or holdback is 0", () => {
        const weights = (steps: number[], holdback: number) =>
            planWeights(steps, analysisOf({ holdback }), 100).ladder;
        assert.deepEqual(weights(ladder, 10), [10, 25, 50, 90, 100]);
        assert.deepEqual(weights(ladder, 0), ladder);
        assert.deepEqual(weights([10, 98, 100], 5), [10, 98, 100]);
    });

    it("returns the ladder if its first weight already gets few requests per sample", () => {
        const { ladder: steps, probe } = planWeights(ladder, analysisOf(), 100);
        assert.deepEqual([steps, probe], [baked, false]);
    });

    it("adds a probe with about minRequests per sample at high traffic, never below 1", () => {
        assert.deepEqual(planWeights(ladder, analysisOf(), 500), {
            ladder: [2, ...baked],
            probe: true,
        });
        assert.deepEqual(planWeights(ladder, analysisOf(), 50_000), {
            ladder: [1, ...baked],
            probe: true,
        });
        assert.deepEqual(planWeights(ladder, analysisOf({ probe: false }), 500), {
            ladder: baked,
            probe: false,
        });
    });

    it("starts so low that a canary that fails every request stays within the exposure budget", () => {
        const { ladder: weights } = planWeights(ladder, analysisOf({ exposureBudget: 100 }), 100);
        const settings = started({ exposureBudget: 100 }, { ladder: weights, probe: true });
        const [first] = forecast(settings, 0).phases;
        assert.equal(weights[0], 5);
        assert.ok((first?.worst ?? 101) <= 100, `${first?.worst} failed at worst`);
    });

    it("adds a weight at which versions can be compared to a ladder without one", () => {
        assert.deepEqual(planWeights([100], analysisOf(), 10), {
            ladder: [50, 95, 100],
            probe: true,
        });
    });
});

describe("forecast", () => {
    it("expects larger failure shares to be detected sooner", () => {
        const { phases } = forecast(started(), 0.001);
        for (const { weight, faults } of phases) {
            if (weight === 100) continue;
            const seconds = faults.map(
                ({ detected }) => detected?.seconds ?? Number.POSITIVE_INFINITY,
            );
            assert.deepEqual(
                seconds,
                [...seconds].sort((a, b) => a - b),
                `weight ${weight}`,
            );
        }
    });

    it("expects minDwell at high traffic, and longer phases at low traffic", () => {
        const high = forecast(started(), 0.001);
        assert.deepEqual(
            high.phases.map(({ because }) => because),
            ["minDwell", "minDwell", "minDwell", "bake"],
        );
        assert.equal(high.seconds, 30 + 30 + 30 + 600);
        const low = forecast(started({}, { rate: 1 }), 0.001);
        assert.deepEqual(
            low.phases.map(({ because }) => because),
            ["maxDwell", "maxDwell", "evidence", "bake"],
        );
    });

    it("expects that a rollout without traffic does not pass", () => {
        const none = forecast(started({}, { rate: 0 }), 0);
        assert.equal(none.seconds, undefined);
        const text = planText(started({}, { rate: 0 }), none, [
            "No requests are counted: nobody calls",
        ]);
        assert.match(text, /too little traffic to pass/);
        assert.match(text, /Note: No requests are counted: nobody calls/);
    });

    it("prints as text of at most 80 columns", () => {
        const settings = started({}, { bounds: [25, 50, 100] });
        const text = planText(settings, forecast(settings, 0.001), []);
        assert.match(text, /^shop\/web: canary v2 \(web:2\), stable v1 \(web:1\)$/m);
        assert.match(text, /^10 % +600 per minute +1 min 15 s \(warm-up\) +\d+ failed$/m);
        assert.match(text, /^10 % +\d+ s \/ \d+/m);
        assert.match(text, /at\smost 2 %\./);
        assert.match(text, /Prometheus does not answer +hold; after 5m: rollback/);
        const wide = text.split("\n").filter((line) => line.length > 80);
        assert.deepEqual(wide, []);
    });
});
