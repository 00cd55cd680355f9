// Our complete decision, as shipped: ladder with a probe, gates, phases on evidence, the guard at 100 %.

import {
    checkDriverConfig,
    type DriverInput,
} from "../../../../canary/analysis/config/driverConfig";
import type { Observation } from "../../../../canary/analysis/counts/observation";
import {
    enterPhase,
    startClock,
    startState,
} from "../../../../canary/analysis/decision/analysisState";
import { decide } from "../../../../canary/analysis/decision/decide";
import { planWeights } from "../../../../canary/analysis/decision/probeWeight";
import type { RolloutSettings } from "../../../../canary/analysis/decision/rolloutSettings";
import { parseDuration } from "../../../../rollout/config/duration";
import type { Rule } from "../decisionRule";
import type { Meter, Tally } from "../traffic";

const LADDER = [10, 25, 50, 100];
/** Seconds from a verdict until it is routed. */
const DELAY = 5;

export interface DecideOptions {
    readonly analysis: DriverInput["analysis"];
    /** Latency bounds to evaluate, milliseconds. */
    readonly bounds?: readonly number[];
}

export function decideRule({ analysis: input, bounds = [] }: DecideOptions): Rule {
    const checked = checkDriverConfig({ analysis: input });
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    const { analysis } = checked.config;
    const every = (parseDuration(analysis.interval) ?? 0) / 1_000;
    return {
        every,
        delay: DELAY,
        begin({ rate, stableEarlier = 0 }) {
            const { ladder, probe } = planWeights(LADDER, analysis, rate);
            const settings: RolloutSettings = {
                analysis,
                ladder,
                probe,
                bounds,
                rate,
                dispersion: 1,
                stable: "v1",
                canary: "v2",
            };
            const first = ladder[0] ?? 0;
            let state = startClock(startState(settings, first, 0), 0);
            let weight = first;
            let counted = 0;
            return {
                weight: first,
                look(at, meter) {
                    const observation = observe(meter, bounds, counted, at, stableEarlier);
                    counted = at;
                    const look = { at: 1_000 * at, observation };
                    const { state: after, decision } = decide(settings, state, look);
                    state = after;
                    if (decision.action === "rollback") return { end: "rolledBack" };
                    if (decision.action === "promote") return { end: "promoted" };
                    if (decision.action === "hold") return undefined;
                    if (decision.action === "retreat") return { weight: ladder.at(-2) ?? 100 };
                    return { weight: ladder.find((one) => one > weight) ?? 100 };
                },
                routed(next, at) {
                    weight = next;
                    state = startClock(enterPhase(settings, state, next, 1_000 * at), 1_000 * at);
                },
            };
        },
    };
}

function observe(
    meter: Meter,
    bounds: readonly number[],
    from: number,
    to: number,
    earlier: number,
): Observation {
    const canary = meter.window("canary", from, to);
    const stable = meter.window("stable", from - earlier, to - earlier);
    const arm = ({ requests, failed }: Tally) => ({ requests, failed });
    const above = ({ requests, above: counts }: Tally, j: number) => ({
        requests,
        failed: counts[j] ?? 0,
    });
    const counts = { canary: arm(canary), stable: arm(stable) };
    return {
        strata: [counts],
        slow: bounds.map((bound, j) => ({
            bound,
            strata: [{ canary: above(canary, j), stable: above(stable, j) }],
        })),
        received: counts,
        unattributed: 0,
        custom: {},
    };
}
