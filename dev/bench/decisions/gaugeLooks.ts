// How often does a custom metric roll back a healthy canary? Orders per request, a tenth of the requests, equal for both versions.
import { checkDriverConfig, type DriverInput } from "../../../canary/analysis/config/driverConfig";
import type { CustomValue, Observation } from "../../../canary/analysis/counts/observation";
import {
    enterPhase,
    startClock,
    startState,
} from "../../../canary/analysis/decision/analysisState";
import { decide } from "../../../canary/analysis/decision/decide";
import {
    nextWeight,
    type RolloutSettings,
} from "../../../canary/analysis/decision/rolloutSettings";
import type { Runner } from "./cells";
import type { Outcome } from "./decisionRule";
import { partBack, percent, table } from "./decisionText";
import type { Draw } from "./random";

type Metric = NonNullable<NonNullable<DriverInput["analysis"]>["metrics"]>[number];

/** Orders per request: of the stable, and of a canary that is healthy. */
const ORDERS = 0.1;
/** Seconds. */
const [SAMPLE, WINDOW, ROUTE, HORIZON] = [5, 120, 5, 1_800];
const REPETITIONS = 200;
const RATES = [5, 50, 500];

const gauge: Metric = { name: "orders", query: "orders[2m]", better: "higher", ratio: 0.8 };
const counter: Metric = {
    name: "orders",
    kind: "counter",
    query: "orders",
    of: "requests",
    better: "higher",
    margin: 0.02,
};
const CASES: readonly (readonly [string, Metric, canary: number])[] = [
    ["gauge, each sample is a look", { ...gauge, window: "0s" }, ORDERS],
    ["gauge, looks that overlap are one", gauge, ORDERS],
    ["counter, margin 0.02", counter, ORDERS],
    ["gauge, the canary sells nothing", gauge, 0],
    ["counter, the canary sells nothing", counter, 0],
    ["counter, the canary sells half", counter, ORDERS / 2],
];

/** Rolled-back rollouts, and median seconds until then; the ladder is 10, 25, 50, 100 %. */
export function gaugeLooks(run: Runner): string[] {
    const rows = CASES.map(([name, metric, canary]) => {
        const cells = RATES.map((rate) => {
            const summary = run({
                name: `${name} ${rate}`,
                repetitions: REPETITIONS,
                simulate: (draw) => outcomeOf(rolledBackAfter(metric, rate, canary, draw)),
            });
            const share = percent(partBack(summary));
            return Number.isNaN(summary.seconds) ? share : `${share} ${summary.seconds} s`;
        });
        return [name, ...cells];
    });
    return table([["", ...RATES.map((rate) => `R ${rate}`)], ...rows]);
}

function outcomeOf(back: number | undefined): Outcome {
    const counts = { secondsTo100: undefined, requests: 0, failed: 0 };
    return back === undefined
        ? { end: "promoted", seconds: HORIZON, ...counts }
        : { end: "rolledBack", seconds: back, ...counts };
}

/** Totals of one version's requests and orders at each sample. */
type Totals = { requests: number; orders: number }[];

/** Simulates one rollout. @returns seconds until the driver rolls back; undefined if it does not. */
function rolledBackAfter(
    metric: Metric,
    rate: number,
    canaryOrders: number,
    draw: Draw,
): number | undefined {
    const settings = settingsOf(metric, rate);
    let weight = settings.ladder[0] ?? 10;
    let state = enterPhase(settings, startState(settings, 0, 0), weight, 0);
    let routedAt = ROUTE;
    const canary: Totals = [{ requests: 0, orders: 0 }];
    const stable: Totals = [{ requests: 0, orders: 0 }];
    for (let now = SAMPLE; now <= HORIZON; now += SAMPLE) {
        const share = weight / 100;
        pass(canary, rate * share * SAMPLE, canaryOrders, draw);
        pass(stable, rate * (1 - share) * SAMPLE, ORDERS, draw);
        if (now >= routedAt && state.phase.routedAt === undefined) {
            state = startClock(state, now * 1_000);
        }
        const custom = { orders: metricValue(metric, canary, stable) };
        const observation = observationOf(last(canary), last(stable), custom);
        const next = decide(settings, state, { at: now * 1_000, observation });
        state = next.state;
        const { action } = next.decision;
        if (action === "rollback") return now;
        if (action === "promote") return undefined;
        if (action !== "advance") continue;
        weight = nextWeight(settings, weight) ?? 100;
        // At 100 % the stable has no orders to compare with.
        if (weight === 100) return undefined;
        state = enterPhase(settings, state, weight, now * 1_000);
        routedAt = now + ROUTE;
    }
    return undefined;
}

function settingsOf(metric: Metric, rate: number): RolloutSettings {
    const checked = checkDriverConfig({
        analysis: { metrics: [metric], maxDwell: "5m", minDwell: "5m", maxTotal: "15m" },
    });
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    const { analysis } = checked.config;
    const ladder = [10, 25, 50, 100];
    return {
        ...{ stable: "v1", canary: "v2", ladder, probe: false, analysis },
        ...{ bounds: [], dispersion: 1, rate },
    };
}

function pass(totals: Totals, mean: number, orders: number, draw: Draw): void {
    const before = totals.at(-1) ?? { requests: 0, orders: 0 };
    const [sold, others] = [draw.poisson(mean * orders), draw.poisson(mean * (1 - orders))];
    totals.push({ requests: before.requests + sold + others, orders: before.orders + sold });
}

/** The requests of the newest sample. */
function last(totals: Totals): number {
    return (totals.at(-1)?.requests ?? 0) - (totals.at(-2)?.requests ?? 0);
}

function metricValue(metric: Metric, canary: Totals, stable: Totals): CustomValue {
    const increase = (totals: Totals, key: "requests" | "orders", samples: number) =>
        (totals.at(-1)?.[key] ?? 0) - (totals.at(-1 - samples) ?? totals[0] ?? { [key]: 0 })[key];
    if ("of" in metric) {
        return {
            canary: increase(canary, "orders", 1),
            canaryOf: increase(canary, "requests", 1),
            stable: increase(stable, "orders", 1),
            stableOf: increase(stable, "requests", 1),
        };
    }
    const ratio = (totals: Totals) => {
        const samples = WINDOW / SAMPLE;
        const requests = increase(totals, "requests", samples);
        return requests > 0 ? increase(totals, "orders", samples) / requests : undefined;
    };
    const [one, other] = [ratio(canary), ratio(stable)];
    return {
        ...(one !== undefined && { canary: one }),
        ...(other !== undefined && { stable: other }),
    };
}

function observationOf(canary: number, stable: number, custom: Observation["custom"]): Observation {
    const counts = (requests: number) => ({ requests, failed: 0 });
    const none = counts(0);
    return {
        strata: [{ canary: counts(canary), stable: counts(stable) }],
        ...{ slow: [], received: { canary: none, stable: none }, unattributed: 0, custom },
    };
}
