/** The arguments of CanaryRollout that say what makes the split. */

export interface ModeArgs {
    /**
     * `istio` splits requests by the weights of a route; `replicas` splits connections by the pods of each slot, on plain
     * Kubernetes, with no object of Istio's. Default "istio".
     */
    readonly mode?: "istio" | "replicas";
    /** Pods of both slots together: 2–1000 in mode replicas; in mode istio it is 0, the default. */
    readonly totalReplicas?: number;
}
