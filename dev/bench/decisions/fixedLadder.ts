// Table 1: all rules on one ladder, 10, 25 and 50 % for five minutes each, at 50 requests per second.
import { HARM_RATIOS, type HarmOptions } from "../../../canary/analysis/statistics";
import type { RuleCell, Runner } from "./cells";
import type { Rule } from "./decisionRule";
import { beside, partBack, percent, rolledBack, table } from "./decisionText";
import { argoRule, DOCUMENTED, EVERY_MINUTE } from "./rules/argo";
import { harmRule } from "./rules/evidence";
import { flaggerRule, TUTORIAL } from "./rules/flagger";
import { constant, drift, outage, RATES, SHARES } from "./scenarios";

const HARM: HarmOptions = {
    alpha: 0.01,
    margin: 0,
    baseRatio: 1,
    ratios: HARM_RATIOS,
    corroboration: 1,
    maxScrapes: 60,
    firstOnset: 0.5,
    dispersion: 1,
};

const FAULTS = [
    [0.001, 0.01],
    [0.001, 0.05],
    [0.001, 1],
    [0.005, 0.02],
] as const;

interface Row {
    readonly name: string;
    readonly rule: Rule;
    /** Published figures: false rollbacks over the grid, in %; median seconds / failed requests; drift and outage, in %. */
    readonly published: readonly string[];
}

const ROWS: readonly Row[] = [
    {
        name: "harm test, no margin",
        rule: harmRule(HARM),
        published: [".06–.33", "125/7.1", "20/7.0", "20/100", "125/14.5", ".5", ".2"],
    },
    {
        name: "harm test, margin 0.1 %",
        rule: harmRule({ ...HARM, margin: 0.001 }),
        published: ["0–.15", "185/10.6", "35/7.6", "20/100", "155/17.5", ".1", "0"],
    },
    {
        name: "Flagger, tutorial",
        rule: flaggerRule(TUTORIAL),
        published: ["0–49", "44 % 540/72", "360/90", "360/1.8k", "360/50", "0", "0"],
    },
    {
        name: "Argo, every minute",
        rule: argoRule(EVERY_MINUTE),
        published: ["0–1.3", "0 %", "98 % 480/214", "240/1.2k", "0 %"],
    },
    {
        name: "Argo, documented",
        rule: argoRule(DOCUMENTED),
        published: ["0", "0 %", "47 % 2100/2.3k", "1500/27k", "0 %"],
    },
];

/** Seconds; long enough for the longest ladder of a rule with its own schedule. */
const HORIZON = 3_000;

export function fixedLadder(run: Runner): string[] {
    const header = [
        "rule",
        "false rollbacks",
        ...FAULTS.map(([p0, p1]) => `${100 * p0} → ${100 * p1} %`),
        "both drift",
        "60 s outage",
    ];
    const rows = ROWS.map(({ name, rule, published }) => {
        const cell = (kind: string, traffic: RuleCell["traffic"], repetitions: number) =>
            run({ name: `fixed ${name} ${kind}`, rule, traffic, repetitions, horizon: HORIZON });
        const grid = RATES.flatMap((rate) =>
            SHARES.map((share) => cell(`${rate} ${share}`, constant(rate, share), 1_500)),
        ).map(partBack);
        const found = [
            `${percent(Math.min(...grid))} to ${percent(Math.max(...grid))}`,
            ...FAULTS.map(([p0, p1]) =>
                rolledBack(cell(`${p0} ${p1}`, constant(50, p0, p1), 400), "failed"),
            ),
            percent(partBack(cell("drift", drift(50, 900), 1_500))),
            percent(partBack(cell("outage", outage(50, 60, 840), 1_500))),
        ];
        return [name, ...found.map((text, column) => beside(text, published[column]))];
    });
    return table([header, ...rows]);
}
