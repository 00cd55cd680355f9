// Flagger's rule, as read in its source (1.44, pkg/controller/scheduler.go), without the lag of its metrics.
import type { Rule } from "../rule";

export interface FlaggerOptions {
    /** Seconds between ticks, and of the metric's window. */
    readonly interval: number;
    readonly threshold: number;
    readonly step: number;
    readonly max: number;
    /** Index of the bound that 99 % of the requests must stay below. No latency check unless given. */
    readonly bound?: number;
}

/** Its Istio tutorial's. */
export const TUTORIAL: FlaggerOptions = { interval: 60, threshold: 5, step: 10, max: 50 };
/** The fastest that did not abort healthy canaries on real sidecars. */
export const FAST: FlaggerOptions = { ...TUTORIAL, interval: 10, threshold: 3 };

const SUCCESS = 0.99;

/**
 * One check a tick. A failed one holds the weight and is counted over the whole rollout; the count is compared with the threshold
 * at the next tick, before its check. No requests is a failed check. After the last weight comes a tick that copies the canary to
 * the primary, and one that sends it all requests.
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
