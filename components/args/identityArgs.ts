/** The arguments of CanaryRollout that are about identity. */

/** Who may come in; a list that is there names somebody. */
export interface CallersArgs {
    /** Namespaces whose every workload may. Default none. */
    readonly namespaces?: string[];
    /** Identities without `spiffe://`: "cluster.local/ns/shop/sa/basket". Default none. */
    readonly principals?: string[];
    /** Other rollouts as "namespace/app", each with both of its versions. Default none. */
    readonly rollouts?: string[];
}

export interface IdentityArgs {
    /** What the pods take: what the mesh says, only mutual TLS, or plain text too. Default "mesh". */
    readonly mtls?: "mesh" | "strict" | "permissive";
    /** Who may call the app, whichever version answers. Default: everybody. */
    readonly callers?: CallersArgs;
    /** Trust domain of the mesh, the first part of every principal. Default "cluster.local". */
    readonly trustDomain?: string;
}
