/** Who a version is to other services: the identity of its ServiceAccount. */
import { workloadName } from "../config/names";
import type { Slot } from "../config/topics/roles";

/** The identity of each slot as AuthorizationPolicies name it: `cluster.local/ns/shop/sa/web-v1`. */
export type Principals = Readonly<Record<Slot, string>>;

/** Where a rollout's ServiceAccounts are. */
export interface RolloutName {
    readonly app: string;
    readonly namespace: string;
    /** Trust domain of the mesh, without `spiffe://`. */
    readonly trustDomain: string;
}

/** The principals of both slots, whether they run or not: what lets in one must let in the other. */
export function principalsOf({ app, namespace, trustDomain }: RolloutName): Principals {
    const principal = (slot: Slot) =>
        `${trustDomain}/ns/${namespace}/sa/${workloadName(app, slot)}`;
    return { v1: principal("v1"), v2: principal("v2") };
}
