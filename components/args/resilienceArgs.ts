/** Retries, limits, ejection and balancing, as arguments of CanaryRollout. Durations are texts such as "5s". */
import type { RolloutInput } from "../../rollout/config/rolloutConfig";

export interface RetriesArgs {
    /** Tries after the first, 0–5. Default 2. */
    readonly attempts?: number;
    /** Longest time for one try; (attempts + 1) times it must fit into `timeout`. Default: what is left of `timeout`. */
    readonly perTryTimeout?: string;
    /** Envoy's retry conditions. Default: those under which the application has not begun to work on the request. */
    readonly retryOn?: NonNullable<NonNullable<RolloutInput["retries"]>["retryOn"]>;
    /** How many retries one client's sidecar may have under way towards a slot: the larger of the two. */
    readonly budget?: {
        /** Percentage of the requests under way, 0–100. Default 20. */
        readonly percent?: number;
        /** However few requests are under way, 1–1000. Default 3. */
        readonly minConcurrency?: number;
    };
}

/** Limits of each client's sidecar towards each slot. */
export interface ConnectionPoolArgs {
    /** TCP connections. Default 100. */
    readonly maxConnections?: number;
    /** Requests that wait for a connection. Default 50. */
    readonly maxPendingRequests?: number;
    /** Requests under way (HTTP/2 and gRPC). Default 1024. */
    readonly maxRequests?: number;
    /** Default "1s", or `timeout` where that is shorter. */
    readonly connectTimeout?: string;
    /** A connection without a request ends after this. Default: Envoy's "1h". */
    readonly idleTimeout?: string;
    /** A connection ends after this, once its requests are done. Default: never. */
    readonly maxConnectionDuration?: string;
    /** A connection ends after so many requests. Default: no limit. */
    readonly maxRequestsPerConnection?: number;
    /** Requests at a time on one connection (HTTP/2 and gRPC). Default: no limit. */
    readonly maxConcurrentStreams?: number;
    /** TCP keep-alive in whole seconds. Default: none is sent. */
    readonly tcpKeepalive?: {
        readonly time?: string;
        readonly interval?: string;
        readonly probes?: number;
    };
}

interface OutlierArgs {
    /** 5xx answers in a row. Default 5. */
    readonly consecutive5xxErrors?: number;
    /** 502, 503 and 504 in a row. Default: not looked at. */
    readonly consecutiveGatewayErrors?: number;
    /** Time between two looks at who may come back. Default "30s". */
    readonly interval?: string;
    /** Shortest time out; it grows with each time that the pod is out. Default "30s". */
    readonly baseEjectionTime?: string;
}

/** When a client's sidecar leaves out a failing pod. */
export interface OutlierDetectionArgs extends OutlierArgs {
    /** Largest percentage of a slot's pods that may be out, 1–99, so that one always stays. Default 50. */
    readonly maxEjectionPercent?: number;
    /** What the canary has otherwise. Default: the same as the stable. */
    readonly canary?: OutlierArgs & { readonly maxEjectionPercent?: number };
}

/** Which pod of a slot gets the next request. Either `algorithm` or `consistentHash`. */
export interface LoadBalancingArgs {
    /** Default "LEAST_REQUEST". */
    readonly algorithm?: "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM";
    /** Requests that are equal in exactly one of these go to one pod, as long as the pods stay the same. */
    readonly consistentHash?: {
        readonly header?: string;
        /** Is set where it is missing; `ttl` "0s", the default, until the browser ends. */
        readonly cookie?: { readonly name: string; readonly path?: string; readonly ttl?: string };
        readonly queryParam?: string;
        readonly sourceIp?: boolean;
    };
    /** Whether pods of the client's own zone come first, as long as they are well. Default: as the mesh has it; Istio's is "nearest". */
    readonly locality?: "nearest" | "any";
    /** A new pod gets less at first. Not with RANDOM or consistentHash. Default: it gets its full share at once. */
    readonly warmup?: {
        readonly duration: string;
        /** Share at the start, 1–100. Default 10. */
        readonly minimumPercent?: number;
    };
}
