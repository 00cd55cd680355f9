// The simulator's interface of a decision rule, and the simulation of one rollout.
import type { Draw } from "./random";
import { type Meter, meterOf, type Traffic } from "./traffic";

/** A rule's step after a poll; undefined to hold. */
export type Step =
    | { readonly weight: number }
    | { readonly end: "rolledBack" | "promoted" }
    | undefined;

export interface Rollout {
    /** The canary's initial weight, 0–100. */
    readonly weight: number;
    /** Polls the counters at this second. */
    look(at: number, meter: Meter): Step;
    /** The rule's weight is routed from this second on. */
    routed?(weight: number, at: number): void;
}

export interface Rule {
    /** Seconds between polls. */
    readonly every: number;
    /** Seconds from a decision until it is routed. */
    readonly delay: number;
    begin(traffic: Traffic): Rollout;
}

export interface Outcome {
    readonly end: "rolledBack" | "promoted" | "open";
    /** Seconds from the canary's first request to the end; to weight 0 if it was rolled back. */
    readonly seconds: number;
    /** Seconds to the bake, at weight 100 or just below, if it was reached. */
    readonly secondsTo100: number | undefined;
    /** The canary's requests and failed requests. */
    readonly requests: number;
    readonly failed: number;
}

/** Weights of a bake. */
const BAKE = 90;

/**
 * Simulates one rollout. A promoted canary gets all requests until the horizon, with the expected number of failures.
 *
 * @param step seconds of traffic per draw; must divide the rule's times
 * @param horizon seconds after which the simulation ends
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
        const next = pending.step;
        pending = undefined;
        if ("weight" in next) {
            weight = next.weight;
            if (weight >= BAKE) secondsTo100 ??= now;
            rollout.routed?.(weight, now);
            continue;
        }
        if (next.end === "promoted") {
            secondsTo100 ??= now;
            for (let at = now + step; at <= horizon; at += step) {
                failed += traffic.rate * step * traffic.canary(at);
            }
        }
        return outcome(next.end);
    }
    return outcome("open");
}
