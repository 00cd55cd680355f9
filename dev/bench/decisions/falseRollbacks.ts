// Table 4: how often our complete decision rolls back a canary that is as good as the stable. The limit is 1 %.
import type { DriverInput } from "../../../canary/analysis/config/driverConfig";
import type { RuleCell, Runner, Summary } from "./cells";
import { partBack, percent, table } from "./decisionText";
import { LATENCY_BOUNDS, slowShares } from "./latencies";
import { decideRule } from "./rules/wholeDecide";
import { constant, drift, outage, RATES, SHARES } from "./scenarios";
import { PUBLISHED, SHIPPED } from "./wholeDecision";

export const BOUND = 0.01;

interface Condition {
    readonly name: string;
    readonly traffic: (rate: number) => RuleCell["traffic"];
    readonly repetitions: number;
    readonly step?: number;
    readonly bounds?: readonly number[];
}

const STEADY: readonly Condition[] = SHARES.map((share) => ({
    name: `steady, ${100 * share} %`,
    traffic: (rate) => constant(rate, share),
    repetitions: 1_000,
}));

const SHARED: readonly Condition[] = (
    [
        { name: "drift 0.1 → 2 % in 300 s", traffic: (rate) => drift(rate, 300) },
        { name: "outage of 60 s", traffic: (rate) => outage(rate, 60, 300) },
        { name: "outage of 300 s", traffic: (rate) => outage(rate, 300, 300) },
    ] satisfies Pick<Condition, "name" | "traffic">[]
).map((one) => ({ ...one, repetitions: 400 }));

const LATENCY: Condition = {
    name: "errors and latency, 0.1 %",
    traffic: (rate) => () => ({
        rate,
        stable: () => 0.001,
        canary: () => 0.001,
        slow: { stable: slowShares(1), canary: slowShares(1) },
    }),
    repetitions: 200,
    bounds: LATENCY_BOUNDS,
};

/** The stable is scraped this many seconds before the canary, during a shared outage of 60 s. */
function misaligned(seconds: number): Condition {
    return {
        name: `outage of 60 s, scraped ${seconds} s apart`,
        traffic: (rate) => outage(rate, 60, 300, seconds),
        repetitions: 400,
        step: 1,
    };
}

const SETTINGS: readonly [string, DriverInput["analysis"], readonly Condition[]][] = [
    ["15 s scrapes", PUBLISHED, [...STEADY, ...SHARED, ...[3, 7, 12].map(misaligned), LATENCY]],
    ["shipped, 5 s", SHIPPED, [...STEADY, ...SHARED, ...[1, 2, 4].map(misaligned), LATENCY]],
];

export interface FalseRollbacks {
    readonly lines: readonly string[];
    /** Cells above the limit, one sentence each. */
    readonly broken: readonly string[];
}

export function falseRollbacks(run: Runner): FalseRollbacks {
    const broken: string[] = [];
    const rows = SETTINGS.flatMap(([settings, analysis, conditions]) =>
        conditions.map((condition) => {
            const { name, bounds = [], repetitions, step } = condition;
            const latency = { enabled: bounds.length > 0 };
            const rule = decideRule({ analysis: { ...analysis, latency }, bounds });
            const cells = RATES.map((rate) => {
                const summary = run({
                    name: `false ${settings} ${name} ${rate}`,
                    rule,
                    traffic: condition.traffic(rate),
                    repetitions: settings === "15 s scrapes" ? repetitions : repetitions / 2,
                    step,
                });
                if (partBack(summary) > BOUND) {
                    broken.push(`${settings}, ${name}, R = ${rate}: ${describeExcess(summary)}`);
                }
                return `${percent(summary.rolledBack)} + ${percent(summary.rolledBackAt100)}`;
            });
            return [settings, name, ...cells];
        }),
    );
    const header = ["settings", "", ...RATES.map((rate) => `R = ${rate}`)];
    return { lines: table([header, ...rows]), broken };
}

function describeExcess({ rolledBack, rolledBackAt100 }: Summary): string {
    const alone = `${percent(rolledBackAt100)} at 100 %, where there is no stable to compare with`;
    return rolledBack > BOUND ? `${percent(rolledBack)} before 100 %, ${alone}` : alone;
}
