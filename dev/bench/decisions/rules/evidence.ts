// The shipped statistics alone, on a ladder with a fixed schedule.
import {
    type Counts,
    type HarmOptions,
    harmAfter,
    harmEvidence,
    harmStart,
    latencyAfter,
    latencyEvidence,
    latencyStart,
} from "../../../../canary/analysis/statistics";
import type { Rule } from "../decisionRule";
import type { Meter } from "../traffic";
import { climbed, FIXED } from "./ladder";

export const SCRAPE = 15;
const DELAY = 5;

type Column = (arm: "stable" | "canary", meter: Meter, from: number, to: number) => number;

/** Rolls back on evidence of the harm test. */
export function harmRule(options: HarmOptions): Rule {
    const failed: Column = (arm, meter, from, to) => meter.window(arm, from, to).failed;
    return {
        every: SCRAPE,
        delay: DELAY,
        begin() {
            let state = harmStart();
            return {
                weight: FIXED.weights[0] ?? 0,
                look(at, meter) {
                    state = harmAfter(state, [counts(meter, at, failed)], options);
                    const seen = harmEvidence(state) >= Math.log(1 / options.alpha);
                    return seen ? { end: "rolledBack" } : climbed(FIXED, at);
                },
            };
        },
    };
}

/** Rolls back on evidence of the latency test. */
export function latencyRule(options: HarmOptions, bounds: readonly number[]): Rule {
    return {
        every: SCRAPE,
        delay: DELAY,
        begin() {
            let state = latencyStart(bounds);
            return {
                weight: FIXED.weights[0] ?? 0,
                look(at, meter) {
                    const strata = bounds.map((_, j) => [
                        counts(meter, at, (arm, of, from, to) => {
                            return of.window(arm, from, to).above[j] ?? 0;
                        }),
                    ]);
                    state = latencyAfter(state, strata, options);
                    const seen = latencyEvidence(state) >= Math.log(1 / options.alpha);
                    return seen ? { end: "rolledBack" } : climbed(FIXED, at);
                },
            };
        },
    };
}

function counts(meter: Meter, at: number, column: Column): Counts {
    const arm = (name: "stable" | "canary") => ({
        requests: meter.window(name, at - SCRAPE, at).requests,
        failed: column(name, meter, at - SCRAPE, at),
    });
    return { canary: arm("canary"), stable: arm("stable") };
}
