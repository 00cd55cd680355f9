/** The arguments of CanaryRollout, each with its default; the same shape as the stack config. */
import type { RolloutInput, Slot } from "../../rollout/config/rolloutConfig";
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
import type { JwtArgs, TargetArgs } from "./targetArgs";
import type { VersionArgs } from "./versionArgs";

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
    /**
     * Variables of each slot that nobody is to read: a Secret named for what it holds, encrypted in Pulumi's state. Default
     * none.
     */
    readonly secrets?: {
        readonly v1?: Record<string, string>;
        readonly v2?: Record<string, string>;
    };
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
    /** Whose tokens count, for targets that ask for claims. Default nobody's. */
    readonly jwt?: JwtArgs;
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
