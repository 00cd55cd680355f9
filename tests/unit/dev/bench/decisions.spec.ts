// The simulation of decisions in its short form: that it runs, and that the rules in it are what their sources say.
import assert from "node:assert/strict";
import { decisions, SHORT } from "../../../../dev/bench/decisions";
import { runCell } from "../../../../dev/bench/decisions/cells";
import type { Rule } from "../../../../dev/bench/decisions/decisionRule";
import { drawFrom } from "../../../../dev/bench/decisions/random";
import { argoRule, DOCUMENTED, EVERY_MINUTE } from "../../../../dev/bench/decisions/rules/argo";
import { FAST, flaggerRule, TUTORIAL } from "../../../../dev/bench/decisions/rules/flagger";
import { decideRule } from "../../../../dev/bench/decisions/rules/wholeDecide";
import { constant } from "../../../../dev/bench/decisions/scenarios";
import { performCell } from "../../../../dev/bench/decisions/tables";
import { PUBLISHED, SHIPPED } from "../../../../dev/bench/decisions/wholeDecision";
import { localPool } from "../../../../dev/bench/harness/pool";

const few = (rule: Rule, p0: number, p1: number, rate = 50) =>
    runCell(
        {
            name: "spec",
            rule,
            traffic: constant(rate, p0, p1),
            repetitions: 20,
            horizon: 3_000,
        },
        1,
    );

describe("bench:decisions", () => {
    it("prints its eight tables in the short form, without false rollbacks", async () => {
        const parts: string[] = [];
        const pool = localPool(performCell);
        const { text, broken } = await decisions(SHORT, pool, (part) => parts.push(part));
        assert.deepEqual(broken, []);
        assert.equal(parts.join(""), text);
        const titles = [...text.matchAll(/^(\d)\. /gm)].map(([, number]) => number);
        assert.deepEqual(titles, ["1", "2", "3", "4", "5", "6", "7", "8"]);
        assert.doesNotMatch(text, /NaN|undefined|Infinity/);
        assert.match(text, /^Flagger, tutorial .* 360\/1\.?8/m);
    }).timeout(120_000);

    it("rolls back a canary that answers nothing when each rule's source says", () => {
        const seconds = (rule: Rule) => few(rule, 0.001, 1).seconds;
        // (threshold + 1) × interval: README, tutorial, fastest.
        assert.equal(seconds(flaggerRule({ interval: 60, threshold: 10, step: 5, max: 50 })), 660);
        assert.equal(seconds(flaggerRule(TUTORIAL)), 360);
        assert.equal(seconds(flaggerRule(FAST)), 40);
        // The fourth measurement of ten minutes and on, every five.
        assert.equal(seconds(argoRule(DOCUMENTED)), 1_500);
        assert.equal(seconds(argoRule(EVERY_MINUTE)), 240);
        // Two scrapes and five seconds.
        assert.equal(seconds(decideRule({ analysis: PUBLISHED })), 35);
    });

    it("takes healthy canaries to 100 %, and counts a promoted one's failures to the end", () => {
        const flagger = few(flaggerRule(TUTORIAL), 0, 0);
        assert.equal(flagger.to100, 360);
        // Until the bake, four phases, each passed at the first look after 30 s, 5 s before the next one has its weight.
        assert.equal(few(decideRule({ analysis: SHIPPED }), 0, 0, 500).to100, 140);
        // 3 % is below the 5 that Argo allows: 3 % of 50 requests a second, from 10 % of them at first to all.
        const argo = few(argoRule(EVERY_MINUTE), 0, 0.03);
        const expected = 50 * 0.03 * (300 * (0.1 + 0.25 + 0.5) + 2_100);
        assert.equal(argo.rolledBack, 0);
        assert.ok(Math.abs(argo.failedOfAll / expected - 1) < 0.05, `${argo.failedOfAll}`);
    });

    it("holds a check without requests for failed, as Flagger does", () => {
        assert.equal(few(flaggerRule(TUTORIAL), 0, 0, 0).seconds, 360);
    });
});

describe("drawFrom", () => {
    for (const mean of [0, 0.3, 5, 9.9, 10, 40, 3_000]) {
        it(`draws Poisson variables of mean and variance ${mean}`, () => {
            const draw = drawFrom(1);
            const values = Array.from({ length: 40_000 }, () => draw.poisson(mean));
            const found = values.reduce((sum, x) => sum + x, 0) / values.length;
            const variance = values.reduce((sum, x) => sum + (x - found) ** 2, 0) / values.length;
            // Five standard errors.
            assert.ok(Math.abs(found - mean) <= 5 * Math.sqrt(mean / values.length), `${found}`);
            assert.ok(Math.abs(variance - mean) <= 0.05 * mean, `${variance}`);
        });
    }

    it("gives the same numbers for a seed, and others for another", () => {
        const numbers = (seed: number) => {
            const draw = drawFrom(seed);
            return Array.from({ length: 5 }, () => draw.uniform());
        };
        assert.deepEqual(numbers(7), numbers(7));
        assert.notDeepEqual(numbers(7), numbers(8));
    });
});
