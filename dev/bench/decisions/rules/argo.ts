// Argo Rollouts' rule, as read in its source (1.10-rc, analysis/analysis.go), without the lag of its metrics.
import type { Rule } from "../rule";
import { climbed, FIXED, type Schedule } from "./ladder";

export interface ArgoOptions extends Schedule {
    /** Seconds until the analysis starts, and between its measurements. */
    readonly start: number;
    readonly interval: number;
}

/** The example of its documentation: 20, 40, 60, 80 %, ten minutes each, analysis from the second step on. */
export const DOCUMENTED: ArgoOptions = {
    weights: [20, 40, 60, 80],
    hold: 600,
    start: 600,
    interval: 300,
};
/** Every minute, on the ladder that rules are compared on. */
export const EVERY_MINUTE: ArgoOptions = { ...FIXED, start: 60, interval: 60 };

const SUCCESS = 0.95;
const FAILURE_LIMIT = 3;
/** irate reads the last two scrapes only. */
const WINDOW = 15;

/** Aborts when more measurements have failed than the limit: at the fourth, where the documentation says three. */
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
                        // No requests is NaN, which no success condition holds for.
                        if (!(1 - failed / requests >= SUCCESS)) failures++;
                        if (failures > FAILURE_LIMIT) return { end: "rolledBack" };
                    }
                    return climbed({ weights, hold }, at);
                },
            };
        },
    };
}
