/** The order of an update: pods are ready before the route sends them requests, and stop only after it sends them none. */
import type { Slot } from "../config/slots";
import type { Plan } from "./plan";
import type { PreviousHost, PreviousSplit } from "./previousSplit";

/**
 * Whether the route waits until the canary's pods are ready. It waits at a weight above 0 unless the canary's share falls. At
 * weight 0 it waits only for a new target or mirror, and not if the canary's share falls.
 * @param direct names of the routes that send requests to the canary at any weight.
 */
export function routeWaits(
    plan: Plan,
    last: PreviousSplit | undefined,
    direct: readonly string[] = [],
): boolean {
    if (losesRequests(plan, plan.canary, last)) return false;
    return plan.routeWaitsFor !== undefined || isNew(plan, last, direct);
}

/**
 * Whether the update checks that the canary's pods are ready, if somebody else manages them: only when they would get more
 * requests. The engine checks pods of the rollout itself, when it creates or changes them.
 */
export function referenceWaits(
    plan: Plan,
    last: PreviousSplit | undefined,
    direct: readonly string[] = [],
): boolean {
    const before = last?.shares[plan.canary] ?? 0;
    return plan.shares[plan.canary] > before || isNew(plan, last, direct);
}

/**
 * Whether the subsets and the route wait for the stable's pods: before the first route, because the Service may have other pods
 * that serve its requests. An update that could not read the state may be a rollback, so it does not count as the first.
 */
export function firstRouteWaits(last: PreviousSplit | undefined, isRead: boolean): boolean {
    return isRead && last === undefined;
}

/**
 * Whether the first route waits until callers' proxies have its subsets. A proxy that gets both in one push answers 503
 * (`cluster_not_found`) until the subsets' clusters are warm. A new Service needs no wait, because nobody calls it yet.
 * https://istio.io/latest/docs/ops/best-practices/traffic-management/#avoid-503-errors-while-reconfiguring-service-routes
 * An HTTPRoute has Services of its own for the slots, which a rollout with another route did not have.
 * @param adopts whether the rollout adopts an object that the cluster had.
 * @param isHttpRoute whether this update writes an HTTPRoute.
 */
export function firstRoutePauses(
    last: PreviousHost | undefined,
    adopts: boolean,
    isHttpRoute = false,
): boolean {
    if (last === undefined) return false;
    if (last.route === undefined) return last.service || adopts;
    return isHttpRoute && last.route !== "HTTPRoute";
}

/** Whether the route waits for the stable's pods: if their number follows the weight and their share rises, but not at weight 0. */
export function routeWaitsForStable(plan: Plan, last: PreviousSplit | undefined): boolean {
    const { stable, shares, stableFollows, routeWaitsFor } = plan;
    const gains = last === undefined || shares[stable] > last.shares[stable];
    return stableFollows && routeWaitsFor !== undefined && gains;
}

/**
 * Whether a slot's Deployment waits for the route. It waits if the slot's share falls. At weight 0 the canary's Deployment
 * always waits, unless the route waits for it, so that no pod stops before its requests do. In mode replicas, which has no
 * route, it waits for the other slot's Deployment, so that new pods are ready before old pods stop.
 */
export function deploymentWaits(
    plan: Plan,
    slot: Slot,
    last: PreviousSplit | undefined,
    direct: readonly string[] = [],
): boolean {
    if (slot === plan.canary && routeWaits(plan, last, direct)) return false;
    return (slot === plan.canary && plan.shares[slot] === 0) || losesRequests(plan, slot, last);
}

/**
 * Whether an update to weight 0 waits until the canary's pods are ready. It waits if the route waits for them, and in later
 * updates as long as they were ready, so that repeating an update changes nothing. A rollback does not wait.
 * @param before whether the previous update waited for the pods, and they became ready.
 */
export function awaitedAtZero(
    plan: Plan,
    last: PreviousSplit | undefined,
    direct: readonly string[],
    before: boolean,
): boolean {
    if (direct.length === 0 || losesRequests(plan, plan.canary, last)) return false;
    return before || routeWaits(plan, last, direct);
}

function losesRequests(plan: Plan, slot: Slot, last: PreviousSplit | undefined): boolean {
    return last !== undefined && plan.shares[slot] < last.shares[slot];
}

/** Whether a direct route is new or leads to another slot. False before the first route, because there are no requests yet. */
function isNew(plan: Plan, last: PreviousSplit | undefined, direct: readonly string[]): boolean {
    if (last === undefined) return false;
    return direct.some((name) => last.stable !== plan.stable || !last.direct.includes(name));
}
