/** Whether a slot's pods are there before the route gives it requests, or stay until the route has taken them away. */
import type { Slot } from "./config";
import type { LastRoute } from "./lastRoute";
import type { Plan } from "./plan";

/**
 * Whether the route waits for the canary's ready pods: when it gives the canary requests, unless these are fewer than
 * before. A route to weight 0 never waits, whatever is known of the last one.
 */
export function routeWaits(plan: Plan, last: LastRoute | undefined): boolean {
    return plan.routeWaitsFor !== undefined && !losesRequests(plan, plan.routeWaitsFor, last);
}

/**
 * Whether a slot's Deployment waits for the route: when the route takes requests away from it. At weight 0 the canary's
 * always does, so that no pod goes before the requests do.
 */
export function deploymentWaits(plan: Plan, slot: Slot, last: LastRoute | undefined): boolean {
    return (slot === plan.canary && plan.shares[slot] === 0) || losesRequests(plan, slot, last);
}

function losesRequests(plan: Plan, slot: Slot, last: LastRoute | undefined): boolean {
    return last !== undefined && plan.shares[slot] < last.shares[slot];
}
