// Tables 2 and 3: our complete decision and Flagger's rule: time and failed requests until rollback, and time to promote a healthy canary.
import type { DriverInput } from "../../../canary/analysis/config/driverConfig";
import type { Runner } from "./cells";
import type { Rule } from "./decisionRule";
import { beside, partBack, percent, rolledBack, table } from "./decisionText";
import { FAST, flaggerRule, TUTORIAL } from "./rules/flagger";
import { decideRule } from "./rules/wholeDecide";
import { constant, RATES, SHARES } from "./scenarios";

/** The published settings: scrapes of 15 s, no warm-up, and promotion if a rollout ends without evidence. */
export const PUBLISHED: DriverInput["analysis"] = {
    interval: "15s",
    warmUp: { errors: "0s" },
    holdback: 0,
    onInconclusive: "promote",
    latency: { enabled: false },
};
/** The shipped settings, except that a rollout without evidence is promoted, so that every rollout ends. */
export const SHIPPED: DriverInput["analysis"] = {
    onInconclusive: "promote",
    latency: { enabled: false },
};

const FAULTS = [0.01, 0.02, 0.05, 0.2, 1];

interface Published {
    /** Failed requests at each fault. */
    readonly failed: readonly string[];
    /** Seconds to 100 %, median (95th percentile); false rollbacks in %. */
    readonly healthy: readonly [string, string];
}

/** By requests per second and the stable's failure share: ours at 15 s, then Flagger's. */
const PUBLISHED_FIGURES: Readonly<Record<string, readonly [Published, Published]>> = {
    "5 0.001": [
        { failed: ["28", "8", "5", "7", "20"], healthy: ["740(905)", "0"] },
        { failed: ["54", "22", "16", "36", "180"], healthy: ["360", "0"] },
    ],
    "5 0.005": [
        { failed: ["56", "44", "9", "7", "20"], healthy: ["905", ".04"] },
        { failed: ["52", "22", "16", "36", "180"], healthy: ["420", "2.7"] },
    ],
    "5 0.01": [
        { failed: ["", "102", "15", "8", "20"], healthy: ["905", ".03"] },
        { failed: ["", "23", "16", "36", "180"], healthy: ["480", "32"] },
    ],
    "50 0.001": [
        { failed: ["15", "9", "10", "24", "117"], healthy: ["125(215)", "0"] },
        { failed: ["444", "50", "90", "361", "1799"], healthy: ["360", "0"] },
    ],
    "50 0.005": [
        { failed: ["172", "20", "13", "27", "117"], healthy: ["230(485)", "0"] },
        { failed: ["425", "49", "90", "361", "1799"], healthy: ["360", ".03"] },
    ],
    "50 0.01": [
        { failed: ["", "75", "17", "32", "117"], healthy: ["395(860)", ".01"] },
        { failed: ["", "50", "90", "360", "1800"], healthy: ["540", "45"] },
    ],
    "500 0.001": [
        { failed: ["27", "23", "14", "35", "175"], healthy: ["125(125)", "0"] },
        { failed: ["4199", "361", "901", "3601", "18k"], healthy: ["360", "0"] },
    ],
    "500 0.005": [
        { failed: ["196", "43", "16", "50", "175"], healthy: ["125(140)", "0"] },
        { failed: ["4241", "361", "899", "3602", "18k"], healthy: ["360", "0"] },
    ],
    "500 0.01": [
        { failed: ["", "108", "22", "50", "175"], healthy: ["125(155)", "0"] },
        { failed: ["", "360", "901", "3600", "18k"], healthy: ["540", "49"] },
    ],
};

/** `published`: index of the rule's published figures. */
const SETTINGS: readonly (readonly [name: string, rule: Rule, published?: 0 | 1])[] = [
    ["ours, 15 s scrapes", decideRule({ analysis: PUBLISHED }), 0],
    ["ours as shipped, 5 s", decideRule({ analysis: SHIPPED })],
    ["Flagger, tutorial", flaggerRule(TUTORIAL), 1],
    ["Flagger, 10 s/3", flaggerRule(FAST)],
];

/** Every rule at every rate and share. */
const ROWS = RATES.flatMap((rate) =>
    SHARES.flatMap((share) =>
        SETTINGS.map(([name, rule, published], index) => ({
            head: [index === 0 ? `${rate}, ${100 * share} %` : "", name],
            key: `${name} ${rate} ${share}`,
            rate,
            share,
            rule,
            published:
                published === undefined
                    ? undefined
                    : PUBLISHED_FIGURES[`${rate} ${share}`]?.[published],
        })),
    ),
);

/** Median seconds until rollback, and failed requests of all rollouts. */
export function faults(run: Runner): string[] {
    const rows = ROWS.map(({ head, key, rate, share, rule, published }) => [
        ...head,
        ...FAULTS.map((p1, column) => {
            if (p1 <= share) return "";
            const traffic = constant(rate, share, p1);
            const summary = run({ name: `${key} ${p1}`, rule, traffic, repetitions: 200 });
            return beside(rolledBack(summary, "failedOfAll"), published?.failed[column]);
        }),
    ]);
    return table([["R, p0", "rule", ...FAULTS.map((p1) => `p1 ${100 * p1} %`)], ...rows]);
}

export function healthy(run: Runner): string[] {
    const rows = ROWS.map(({ head, key, rate, share, rule, published }) => {
        const traffic = constant(rate, share);
        const summary = run({ name: `${key} healthy`, rule, traffic, repetitions: 250 });
        const seconds = `${summary.to100}(${summary.to100Late})`;
        return [
            ...head,
            beside(Number.isNaN(summary.to100) ? "–" : seconds, published?.healthy[0]),
            beside(percent(partBack(summary)), published?.healthy[1]),
        ];
    });
    return table([["R, p0", "rule", "seconds to 100 %", "false rollbacks"], ...rows]);
}
