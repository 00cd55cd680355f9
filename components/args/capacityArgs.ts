/** How many pods the slots have at each weight, as an argument of CanaryRollout. */
export interface CapacityArgs {
    /** With "proportional" the canary has its share of `total`, and never fewer pods than its `replicas`. Default "fixed". */
    readonly canary?: "fixed" | "proportional";
    /** Pods that answer all requests, 1–1000. Required with "proportional". */
    readonly total?: number;
    /** Percent more than the share needs, but never more than `total`. Default 0. */
    readonly headroom?: number;
    /** With "proportional" the stable gives up pods as the weight grows, and a rollback finds too few. Default "full". */
    readonly stable?: "full" | "proportional";
}
