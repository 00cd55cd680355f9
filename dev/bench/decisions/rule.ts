// What a rollout rule is to the simulator, and one rollout under it.
import type { Draw } from "./random";
import { type Meter, meterOf, type Traffic } from "./traffic";

/** What a rule does after a look; undefined: nothing. */
export type Step =
    | { readonly weight: number }
    | { readonly end: "rolledBack" | "promoted" }
    | undefined;

export interface Rollout {
    /** The canary's weight at the start, percent. */
    readonly weight: number;
    /** A look at the counters, at this second. */
    look(at: number, meter: Meter): Step;
    /** The weight is what the rule asked for, from this second on. */
    routed?(weight: number, at: number): void;
}

export interface Rule {
    /** Seconds between looks. */
    readonly every: number;
    /** Seconds from a decision until requests follow it. */
    readonly delay: number;
    begin(traffic: Traffic): Rollout;
}

export interface Outcome {
    readonly end: "rolledBack" | "promoted" | "open";
    /** Seconds from the canary's first request to weight 0, when it was rolled back. */
    readonly seconds: number;
    /** Seconds to weight 100, if it got there. */
    readonly secondsTo100: number | undefined;
    /** Requests that the canary got, and those that failed. */
    readonly requests: number;
    readonly failed: number;
}

/**
 * One rollout. A canary that is promoted keeps all requests until the horizon, and fails as many as are expected.
 *
 * @param step seconds that traffic passes in one draw; must divide the rule's times
 * @param horizon seconds after which nothing is counted any more
 */
export function simulate(
    rule: Rule,
    traffic: Traffic,
    draw: Draw,
    { step, horizon }: { readonly step: number; readonly horizon: number },
): Outcome {
    const meter = meterOf(traffic, draw);
    const rollout = rule.begin(traffic);
    let weight = rollout.weight;
    let failed = 0;
    let secondsTo100: number | undefined;
    let pending: { at: number; step: NonNullable<Step> } | undefined;
    const outcome = (end: Outcome["end"]): Outcome => ({
        end,
        seconds: meter.now(),
        secondsTo100,
        requests: meter.window("canary", 0, meter.now()).requests,
        failed,
    });
    for (let now = step; now <= horizon; now += step) {
        failed += meter.pass(step, weight);
        if (pending === undefined && now % rule.every === 0) {
            const next = rollout.look(now, meter);
            if (next !== undefined) pending = { at: now + rule.delay, step: next };
        }
        if (pending === undefined || pending.at > now) continue;
        const done = pending.step;
        pending = undefined;
        if ("weight" in done) {
            weight = done.weight;
            if (weight === 100) secondsTo100 = now;
            rollout.routed?.(weight, now);
            continue;
        }
        if (done.end === "promoted") {
            secondsTo100 ??= now;
            for (let at = now + step; at <= horizon; at += step) {
                failed += traffic.rate * step * traffic.canary(at);
            }
        }
        return outcome(done.end);
    }
    return outcome("open");
}
