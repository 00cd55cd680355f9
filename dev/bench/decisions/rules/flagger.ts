// Flagger's rule, implemented from its source (1.44, pkg/controller/scheduler.go), without metric lag.
import type { Rule } from "../decisionRule";

export interface FlaggerOptions {
    /** Seconds between ticks, and length of the metric's window. */
    readonly interval: number;
    readonly threshold: number;
    readonly step: number;
    readonly max: number;
    /** Index of the latency bound for 99 % of the requests. Default: no latency check. */
    readonly bound?: number;
}

/** Settings of its Istio tutorial. */
export const TUTORIAL: FlaggerOptions = { interval: 60, threshold: 5, step: 10, max: 50 };
/** The fastest settings that did not abort healthy canaries on real sidecars. */
export const FAST: FlaggerOptions = { ...TUTORIAL, interval: 10, threshold: 3 };

const SUCCESS = 0.99;

/**
 * One check per tick. A failed check holds the weight and counts for the whole rollout; the next tick compares the count with the
 * threshold before its own check. A check without requests fails. After the last weight, one tick copies the canary to the
 * primary, and another sends all requests to the primary.
 */
export function flaggerRule({ interval, threshold, step, max, bound }: FlaggerOptions): Rule {
    return {
        every: interval,
        delay: 0,
        begin() {
            let weight = step;
            let failedChecks = 0;
            let copying = false;
            return {
                weight,
                look(at, meter) {
                    if (copying) return { end: "promoted" };
                    if (failedChecks >= threshold) return { end: "rolledBack" };
                    const { requests, failed, above } = meter.window("canary", at - interval, at);
                    const good = requests > 0 && 1 - failed / requests >= SUCCESS;
                    const slow = bound === undefined ? 0 : (above[bound] ?? 0);
                    if (!good || slow / requests > 1 - SUCCESS) {
                        failedChecks++;
                        return undefined;
                    }
                    copying = weight >= max;
                    if (copying) return undefined;
                    weight += step;
                    return { weight };
                },
            };
        },
    };
}
