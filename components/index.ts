/** The components of istio-canary. */
export { replicasAt } from "../rollout/capacity";
export type { Principals } from "../rollout/identity";
export { CanaryDriver, type CanaryDriverArgs } from "./canaryDriver";
export { CanaryRollout } from "./canaryRollout";
export type { CapacityArgs } from "./capacityArgs";
export { eitherVersionOf } from "./eitherVersionOf";
export type { GatewayOwnArgs } from "./gatewayArgs";
export type { CallersArgs } from "./identityArgs";
export type {
    ConnectionPoolArgs,
    LoadBalancingArgs,
    OutlierDetectionArgs,
    RetriesArgs,
} from "./resilienceArgs";
export type { CanaryRolloutArgs } from "./rolloutArgs";
export type { JwtArgs, TargetArgs, TextMatchArgs } from "./targetArgs";
export { TrafficSplit, type TrafficSplitArgs } from "./trafficSplit";
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
} from "./versionArgs";
export { VersionWorkload, type VersionWorkloadArgs } from "./versionWorkload";
