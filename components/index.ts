/** The components of istio-canary. */

export type { Principals } from "../rollout/plan/principals";
export { replicasAt } from "../rollout/plan/replicas";
export type { CapacityArgs } from "./args/capacityArgs";
export type { GatewayOwnArgs } from "./args/gatewayArgs";
export type { CallersArgs } from "./args/identityArgs";
export type {
    ConnectionPoolArgs,
    LoadBalancingArgs,
    OutlierDetectionArgs,
    RetriesArgs,
} from "./args/resilienceArgs";
export type { CanaryRolloutArgs } from "./args/rolloutArgs";
export type { JwtArgs, TargetArgs, TextMatchArgs } from "./args/targetArgs";
export type {
    ContainerArgs,
    InitContainerArgs,
    PodTemplateArgs,
    ProbeArgs,
    ResourceAmounts,
    VariableSource,
    VersionArgs,
    VersionFilesArgs,
    VolumeArgs,
} from "./args/versionArgs";
export { CanaryDriver, type CanaryDriverArgs } from "./canaryDriver/canaryDriver";
export { eitherVersionOf } from "./canaryRollout/bothPrincipals";
export { CanaryRollout } from "./canaryRollout/canaryRollout";
export { TrafficSplit, type TrafficSplitArgs } from "./canaryRollout/trafficSplit";
export { VersionWorkload, type VersionWorkloadArgs } from "./canaryRollout/versionWorkload";
