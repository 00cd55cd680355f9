/** The arguments of CanaryRollout, each with its default; the same shape as the stack config. */
import type { RolloutInput, Slot } from "../rollout/config";
import type { CapacityArgs } from "./capacityArgs";
import type { GatewayArgs } from "./gatewayArgs";
import type { IdentityArgs } from "./identityArgs";
import type { ModeArgs } from "./modeArgs";
import type {
    ConnectionPoolArgs,
    LoadBalancingArgs,
    OutlierDetectionArgs,
    RetriesArgs,
} from "./resilienceArgs";
import type { TargetArgs } from "./targetArgs";

/**
 * How a pod is asked whether it is well. Exactly one of `httpGet`, `tcpSocket`, `grpc` and `exec`; numbers left
 * out are Kubernetes' own defaults.
 */
export interface ProbeArgs {
    /** GET of `path`, which starts with "/"; `port` is `containerPort` unless given. */
    readonly httpGet?: { readonly path: string; readonly port?: number };
    /** A connection that opens; `port` is `containerPort` unless given. */
    readonly tcpSocket?: { readonly port?: number };
    /** gRPC's health service; `port` is `containerPort` unless given. */
    readonly grpc?: { readonly service?: string; readonly port?: number };
    /** A command in the container that ends with 0. */
    readonly exec?: { readonly command: string[] };
    readonly initialDelaySeconds?: number;
    readonly periodSeconds?: number;
    readonly timeoutSeconds?: number;
    readonly successThreshold?: number;
    readonly failureThreshold?: number;
}

/** Amounts as Kubernetes writes them: "100m", "64Mi". */
export interface ResourceAmounts {
    readonly cpu?: string;
    readonly memory?: string;
}

/** What a version slot runs. */
export interface VersionArgs {
    /** Reference of the container image. */
    readonly image: string;
    /** Default: Kubernetes' own (IfNotPresent, or Always for the tag latest). */
    readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
    /** Pods, 0–1000. Default 1; in mode replicas it is refused, because it follows from `totalReplicas` and `weight`. */
    readonly replicas?: number;
    /** Replaces the image's entrypoint. Default: the image's. */
    readonly command?: string[];
    /** Default: the image's. */
    readonly args?: string[];
    /** Environment variables by name. Default none. */
    readonly env?: Record<string, string>;
    /** Port that the application listens on. Default 8080. */
    readonly containerPort?: number;
    /** Readiness is a `tcpSocket` on `containerPort` unless given; liveness and startup are none unless given. */
    readonly probes?: {
        readonly readiness?: ProbeArgs;
        readonly liveness?: ProbeArgs;
        readonly startup?: ProbeArgs;
    };
    /** Default none. */
    readonly resources?: {
        readonly requests?: ResourceAmounts;
        readonly limits?: ResourceAmounts;
    };
    /**
     * Of the application's container. Unless given, as the restricted Pod Security Standard wants it: not root, no
     * privilege escalation, every capability dropped, the runtime's seccomp profile.
     */
    readonly securityContext?: {
        /** Default: the image's user. */
        readonly runAsUser?: number;
        /** Default: the image's group. */
        readonly runAsGroup?: number;
        /** Default true. */
        readonly runAsNonRoot?: boolean;
        /** Default: Kubernetes' own (false). */
        readonly readOnlyRootFilesystem?: boolean;
        /** Default false. */
        readonly allowPrivilegeEscalation?: boolean;
        /** Capabilities to add after all are dropped. Default none. */
        readonly addCapabilities?: string[];
    };
    /** How long an update waits for ready pods, in whole seconds, 1s–1h. Default "5m". */
    readonly readyTimeout?: string;
}

/** What is rolled out, and how its requests are shared. Durations are texts such as "5s" and "1m30s". */
export interface CanaryRolloutArgs extends IdentityArgs, GatewayArgs, ModeArgs {
    /** Name of the Service and value of the label `app`: a DNS label of at most 40 characters. */
    readonly app: string;
    /** Namespace of every object. */
    readonly namespace: string;
    /** Make the namespace too, with sidecar injection on; `pulumi destroy` then deletes it with all it holds. Default false. */
    readonly createNamespace?: boolean;
    /** Port of the Service. Default 80. */
    readonly port?: number;
    /** What the application speaks; names the port. With "tcp" the weight is of connections. Default "http". */
    readonly protocol?: "http" | "http2" | "grpc" | "tcp";
    /** The version slots. The stable one is required, the canary's only at a weight above 0. */
    readonly versions: { readonly v1?: VersionArgs; readonly v2?: VersionArgs };
    /** Slot that is stable. Default "v1". */
    readonly stable?: Slot;
    /** Slot that is the canary: the other one. Default "v2". */
    readonly canary?: Slot;
    /** Percentage of requests that the canary gets, an integer 0–100. Default 0. */
    readonly weight?: number;
    /** The weights of the phases, rising to 100. Default [10, 25, 50, 100]. */
    readonly ladder?: number[];
    /** Users stay on their version while the weight grows; `weight` is then 0 or one of the ladder's. Default: they do not. */
    readonly sticky?: {
        /** Name of the cookie that says at which weight the canary gets a user. Users are sticky when it is given. */
        readonly cookie?: string;
        /** How long a browser keeps it, in whole seconds, 1s–8760h. Default "24h". */
        readonly maxAge?: string;
    };
    /** Requests that go to the canary at any weight, also at 0: those that meet any of these. Default none. */
    readonly targets?: TargetArgs[];
    /** Copies of requests to the canary, whose answers nobody sees; only at weight 0. Default none. */
    readonly mirror?: {
        /** Percentage of requests, an integer 0–100. Default 0. */
        readonly percentage?: number;
        /** Methods of the requests that are copied. Default ["GET", "HEAD", "OPTIONS"]. */
        readonly methods?: NonNullable<NonNullable<RolloutInput["mirror"]>["methods"]>;
    };
    /** Paths that never go to the canary, with all below them. Default ["/admin", "/internal"]. */
    readonly stableOnlyPaths?: string[];
    /** Longest time for a request with all its retries, 1ms–1h. Default "5s". */
    readonly timeout?: string;
    readonly retries?: RetriesArgs;
    readonly connectionPool?: ConnectionPoolArgs;
    readonly outlierDetection?: OutlierDetectionArgs;
    readonly loadBalancing?: LoadBalancingArgs;
    /** How many pods the slots have at each weight. Default: as many as they say. */
    readonly capacity?: CapacityArgs;
    /** Time that a pod serves on after it was told to end, in whole seconds, 1s–5m. Default "10s". */
    readonly drain?: string;
    /** Rules that may be broken, by id, each with the last day and the reason: "2026-12-31 long polling". Default none. */
    readonly exemptions?: Record<string, string>;
}

/** Fails to compile when the interface above and the schema drift apart. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type Plain<T> = T extends object ? { -readonly [Key in keyof T]: Plain<T[Key]> } : T;
export const argsMatchSchema: Same<Plain<CanaryRolloutArgs>, Plain<RolloutInput>> = true;
