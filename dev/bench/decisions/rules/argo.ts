// Argo Rollouts' rule, implemented from its source (1.10-rc, analysis/analysis.go), without metric lag.
import type { Rule } from "../decisionRule";
import { climbed, FIXED, type Schedule } from "./ladder";

export interface ArgoOptions extends Schedule {
    /** Seconds until the analysis starts, and between its measurements. */
    readonly start: number;
    readonly interval: number;
}

/** The example in its documentation: 20, 40, 60, 80 %, ten minutes each, analysis from the second step. */
export const DOCUMENTED: ArgoOptions = {
    weights: [20, 40, 60, 80],
    hold: 600,
    start: 600,
    interval: 300,
};
/** Every minute, on the ladder of the comparison. */
export const EVERY_MINUTE: ArgoOptions = { ...FIXED, start: 60, interval: 60 };

const SUCCESS = 0.95;
const FAILURE_LIMIT = 3;
/** Seconds: `irate` only reads the last two scrapes. */
const WINDOW = 15;

/** Aborts when failed measurements exceed the limit: at the fourth, although the documentation says three. */
export function argoRule({ weights, hold, start, interval }: ArgoOptions): Rule {
    return {
        every: interval,
        delay: 0,
        begin() {
            let failures = 0;
            return {
                weight: weights[0] ?? 0,
                look(at, meter) {
                    if (at >= start) {
                        const { requests, failed } = meter.window("canary", at - WINDOW, at);
                        // Without requests the ratio is NaN, which fails every success condition.
                        if (!(1 - failed / requests >= SUCCESS)) failures++;
                        if (failures > FAILURE_LIMIT) return { end: "rolledBack" };
                    }
                    return climbed({ weights, hold }, at);
                },
            };
        },
    };
}
