// Table 5: slower canaries. Fraction rolled back, median seconds / canary requests until the rollback.
import {
    type HarmOptions,
    LATENCY_NULL,
    LATENCY_RATIOS,
} from "../../../canary/analysis/statistics";
import type { Runner } from "./cells";
import type { Rule } from "./decisionRule";
import { beside, rolledBack, table } from "./decisionText";
import { FLAGGER_BOUND, LATENCY_BOUNDS, slowShares } from "./latencies";
import { latencyRule } from "./rules/evidence";
import { flaggerRule, TUTORIAL } from "./rules/flagger";

const OPTIONS: HarmOptions = {
    alpha: 0.005,
    ...LATENCY_NULL,
    ratios: LATENCY_RATIOS,
    corroboration: 2,
    maxScrapes: 60,
    firstOnset: 0.5,
    dispersion: 1,
};

const CANARIES: readonly (readonly [name: string, factor: number, hung: number])[] = [
    ["as the stable", 1, 0],
    ["1.1x", 1.1, 0],
    ["1.2x", 1.2, 0],
    ["1.5x", 1.5, 0],
    ["2x", 2, 0],
    ["2 % hang 3 s", 1, 0.02],
];

const ours = latencyRule(OPTIONS, LATENCY_BOUNDS);
const flagger = flaggerRule({ ...TUTORIAL, bound: FLAGGER_BOUND });

const ROWS: readonly (readonly [string, number, Rule, readonly string[]])[] = [
    ["latency test, R = 5", 5, ours, ["", "0 %", "1 %", "485/436", "170/86", "98 % 515/477"]],
    ["latency test, R = 50", 50, ours, ["", "0 %", "50 %", "95/463", "50/249", "95/499"]],
    ["latency test, R = 500", 500, ours, ["", "0 %", "185/10k", "50/2.5k", "50/2.5k", "50/2.5k"]],
    [
        "Flagger, P99 ≤ 500 ms, R = 50",
        50,
        flagger,
        ["", "0 %", "0 %", "1.3 %", "360/2446", "360/2378"],
    ],
];

export function latency(run: Runner): string[] {
    const rows = ROWS.map(([name, rate, rule, published]) => {
        const cells = CANARIES.map(([canary, factor, hung], column) => {
            const summary = run({
                name: `latency ${name} ${canary}`,
                rule,
                traffic: () => ({
                    rate,
                    stable: () => 0,
                    canary: () => 0,
                    slow: { stable: slowShares(1), canary: slowShares(factor, hung) },
                }),
                repetitions: rate === 500 ? 60 : 200,
                horizon: 900,
            });
            return beside(rolledBack(summary, "requests"), published[column] || undefined);
        });
        return [name, ...cells];
    });
    return table([["", ...CANARIES.map(([name]) => name)], ...rows]);
}
