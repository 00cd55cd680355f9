import assert from "node:assert/strict";
import { forecast } from "../../../../../canary/analysis/decision/forecast";
import { weightsOf } from "../../../../../canary/analysis/decision/probeWeight";
import { planText } from "../../../../../canary/cli/rollout/planText";
import { analysisOf, started } from "../../../../fixtures/analysis/analysis";

describe("the weights of a rollout", () => {
    const ladder = [10, 25, 50, 100];

    it("are the ladder where its first weight already gets few requests per look", () => {
        assert.deepEqual(weightsOf(ladder, analysisOf(), 100), { ladder, probe: false });
    });

    it("begin with a probe of about minRequests per look at high traffic, never below 1", () => {
        assert.deepEqual(weightsOf(ladder, analysisOf(), 500), {
            ladder: [2, ...ladder],
            probe: true,
        });
        assert.deepEqual(weightsOf(ladder, analysisOf(), 50_000), {
            ladder: [1, ...ladder],
            probe: true,
        });
        assert.deepEqual(weightsOf(ladder, analysisOf({ probe: false }), 500), {
            ladder,
            probe: false,
        });
    });

    it("begin so low that the exposure budget bears a canary that fails everything", () => {
        const { ladder: weights } = weightsOf(ladder, analysisOf({ exposureBudget: 100 }), 100);
        const about = started({ exposureBudget: 100 }, { ladder: weights, probe: true });
        const [first] = forecast(about, 0).phases;
        assert.equal(weights[0], 4);
        assert.ok((first?.worst ?? 101) <= 100, `${first?.worst} failed at worst`);
    });

    it("have something to compare with, whatever the ladder", () => {
        assert.deepEqual(weightsOf([100], analysisOf(), 10), { ladder: [50, 100], probe: true });
    });
});

describe("the forecast", () => {
    it("knows that more failures are seen sooner, and cost no more time at a larger weight", () => {
        const { phases } = forecast(started(), 0.001);
        for (const { weight, faults } of phases) {
            if (weight === 100) continue;
            const seconds = faults.map(({ seen }) => seen?.seconds ?? Number.POSITIVE_INFINITY);
            assert.deepEqual(
                seconds,
                [...seconds].sort((a, b) => a - b),
                `weight ${weight}`,
            );
        }
    });

    it("takes what the decisions take: minDwell where traffic is high, longer where it is low", () => {
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

    it("says that a rollout without traffic does not pass", () => {
        const none = forecast(started({}, { rate: 0 }), 0);
        assert.equal(none.seconds, undefined);
        const text = planText(started({}, { rate: 0 }), none, [
            "No requests are counted: nobody calls",
        ]);
        assert.match(text, /does not pass at this traffic/);
        assert.match(text, /Note: No requests are counted: nobody calls/);
    });

    it("is readable", () => {
        const about = started({}, { bounds: [25, 50, 100] });
        const text = planText(about, forecast(about, 0.001), []);
        assert.match(text, /^shop\/web: v2 \(web:2\) beside v1 \(web:1\)$/m);
        assert.match(
            text,
            /^10 % +600 a minute +30 s \(minDwell\) +\d+ failed +\d+ s, \d+ failed/m,
        );
        assert.match(text, /at most 1 %\./);
        assert.match(text, /Prometheus away +it holds; after 5m: rollback/);
        const wide = text.split("\n").filter((line) => line.length > 130);
        assert.deepEqual(wide, []);
    });
});
