/** Principals: the identities of the versions in the mesh, which derive from their ServiceAccounts. */
import { workloadName } from "../config/names";
import { SLOTS, type Slot } from "../config/slots";

/** The principal of each slot, as in an AuthorizationPolicy: `cluster.local/ns/shop/sa/web-v1`. */
export type Principals = Readonly<Record<Slot, string>>;

/** What a rollout's principals consist of. */
export interface RolloutName {
    readonly app: string;
    readonly namespace: string;
    /** Trust domain of the mesh, without `spiffe://`. */
    readonly trustDomain: string;
}

/** The principals of both slots, even if a slot has no version, because an allow-list must contain both. */
export function principalsOf({ app, namespace, trustDomain }: RolloutName): Principals {
    const principal = (slot: Slot) =>
        `${trustDomain}/ns/${namespace}/sa/${workloadName(app, slot)}`;
    return { v1: principal("v1"), v2: principal("v2") };
}

interface Referenced extends Omit<RolloutName, "app"> {
    readonly versions: Readonly<
        Partial<
            Record<Slot, { readonly workloadRef?: { readonly serviceAccount: string } | undefined }>
        >
    >;
}

/** The principals of slots whose pods somebody else manages. */
export function referencedPrincipals({
    namespace,
    trustDomain,
    versions,
}: Referenced): Partial<Principals> {
    const found = SLOTS.flatMap((slot) => {
        const account = versions[slot]?.workloadRef?.serviceAccount;
        return account === undefined
            ? []
            : [[slot, `${trustDomain}/ns/${namespace}/sa/${account}`]];
    });
    return Object.fromEntries(found);
}
