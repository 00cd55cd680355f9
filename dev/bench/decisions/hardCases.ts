// Tables 6 and 7: faults that start late, and failures in clusters.
import { HARM_RATIOS, type HarmOptions } from "../../../canary/analysis/statistics";
import type { Runner } from "./cells";
import type { Rule } from "./decisionRule";
import { amount, beside, partBack, percent, table } from "./decisionText";
import { harmRule } from "./rules/evidence";
import { FAST, flaggerRule, TUTORIAL } from "./rules/flagger";
import { decideRule } from "./rules/wholeDecide";
import { slowBurn } from "./scenarios";
import { PUBLISHED, SHIPPED } from "./wholeDecision";

const FAULTS = [0.02, 0.05, 0.2] as const;

const LATE: readonly (readonly [string, Rule, readonly string[]])[] = [
    [
        "15 s scrapes, bake of 30 min",
        decideRule({ analysis: { ...PUBLISHED, bake: "30m" } }),
        ["51", "64", "202"],
    ],
    ["15 s scrapes, no bake", decideRule({ analysis: { ...PUBLISHED, bake: "0s" } }), ["1099"]],
    ["shipped, 5 s, bake of 10 min", decideRule({ analysis: SHIPPED }), []],
    ["shipped, 5 s, bake of 30 min", decideRule({ analysis: { ...SHIPPED, bake: "30m" } }), []],
    ["Flagger", flaggerRule(TUTORIAL), ["891", "2133", "8426"]],
    ["Flagger 10 s/3", flaggerRule(FAST), []],
];

/** Failed requests in 30 minutes, at 50 per second, of a fault that starts at a random time in the first 15. */
export function late(run: Runner): string[] {
    const rows = LATE.map(([name, rule, published]) => {
        const cells = FAULTS.map((share, column) => {
            const { failedOfAll } = run({
                name: `late ${name} ${share}`,
                rule,
                traffic: slowBurn(50, share),
                repetitions: 200,
            });
            return beside(amount(failedOfAll), published[column]);
        });
        return [name, ...cells];
    });
    return table([["", ...FAULTS.map((share) => `p1 ${100 * share} %`)], ...rows]);
}

const HARM: HarmOptions = {
    alpha: 0.005,
    margin: 0.001,
    baseRatio: 1,
    ratios: HARM_RATIOS,
    corroboration: 1,
    maxScrapes: 60,
    firstOnset: 0.5,
    dispersion: 1,
};

const CLUSTERED: readonly (readonly [string, HarmOptions, string])[] = [
    ["one scrape is enough, φ = 1", HARM, "77"],
    ["two must corroborate, φ = 1", { ...HARM, corroboration: 2 }, "17"],
    ["two must corroborate, φ = 5", { ...HARM, corroboration: 2, dispersion: 5 }, ".07"],
];

/** False rollbacks on the fixed ladder if failures of both versions come in clusters of five. */
export function clusters(run: Runner): string[] {
    const rows = CLUSTERED.map(([name, options, published]) => {
        const summary = run({
            name: `clusters ${name}`,
            rule: harmRule(options),
            traffic: () => ({ rate: 50, stable: () => 0.01, canary: () => 0.01, cluster: 5 }),
            repetitions: 1_500,
            horizon: 900,
        });
        return [name, beside(percent(partBack(summary)), published)];
    });
    return table([["harm test", "false rollbacks"], ...rows]);
}
