/** Whether a slot's pods are there before the route gives it requests, or stay until the route has taken them away. */
import type { Slot } from "../config/topics/roles";
import type { Plan } from "./plan";
import type { LastRoute } from "./previousSplit";

/**
 * Whether the route waits for the canary's ready pods: when it gives the canary requests, unless these are fewer than
 * before. A route to weight 0 waits only for a new target or mirror, and never when it takes requests away.
 * @param direct names of the routes by which the canary gets requests whatever its weight.
 */
export function routeWaits(
    plan: Plan,
    last: LastRoute | undefined,
    direct: readonly string[] = [],
): boolean {
    if (losesRequests(plan, plan.canary, last)) return false;
    return plan.routeWaitsFor !== undefined || isNew(plan, last, direct);
}

/** Whether the route waits for the stable's pods: when these follow the weight and get requests back, but not at 0. */
export function routeWaitsForStable(plan: Plan, last: LastRoute | undefined): boolean {
    const { stable, shares, stableFollows, routeWaitsFor } = plan;
    const gains = last === undefined || shares[stable] > last.shares[stable];
    return stableFollows && routeWaitsFor !== undefined && gains;
}

/**
 * Whether a slot's Deployment waits for the route: when the route takes requests away from it. At weight 0 the canary's
 * does unless the route waits for it, so that no pod goes before the requests do. In mode replicas, where pods are the
 * route, it waits for the other slot's, so that pods come before others go.
 */
export function deploymentWaits(
    plan: Plan,
    slot: Slot,
    last: LastRoute | undefined,
    direct: readonly string[] = [],
): boolean {
    if (slot === plan.canary && routeWaits(plan, last, direct)) return false;
    return (slot === plan.canary && plan.shares[slot] === 0) || losesRequests(plan, slot, last);
}

/**
 * Whether an update to weight 0 ends only when the canary's pods are ready: when the route waits for them, and after
 * that as long as they were ready, so that the same config twice changes nothing. A rollback ends at once.
 * @param before whether the last update awaited them, and they got ready.
 */
export function awaitedAtZero(
    plan: Plan,
    last: LastRoute | undefined,
    direct: readonly string[],
    before: boolean,
): boolean {
    if (direct.length === 0 || losesRequests(plan, plan.canary, last)) return false;
    return before || routeWaits(plan, last, direct);
}

function losesRequests(plan: Plan, slot: Slot, last: LastRoute | undefined): boolean {
    return last !== undefined && plan.shares[slot] < last.shares[slot];
}

/** Before a first route nobody is answered: there nothing is new. */
function isNew(plan: Plan, last: LastRoute | undefined, direct: readonly string[]): boolean {
    if (last === undefined) return false;
    return direct.some((name) => last.stable !== plan.stable || !last.direct.includes(name));
}
