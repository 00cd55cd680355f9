/** The public API of istio-canary for Pulumi programs. */

export type { Principals } from "../rollout/plan/principals";
export { replicasAt } from "../rollout/plan/replicas";
export { bothPrincipals } from "./allowList";
export type * from "./args";
export { CanaryDriver, type CanaryDriverArgs } from "./canaryDriver/canaryDriver";
export { CanaryRollout } from "./canaryRollout/canaryRollout";
