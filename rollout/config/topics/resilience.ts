/** What bounds the load on a slot and keeps its failing pods from the users: retries, limits, ejection, balancing. */
import { z } from "zod";
import { boolean, duration, integer, mapping, oneOf, text } from "../fields";

/** What Envoy retries on. Any HTTP status works in Istio too, but repeats finished work: not offered. */
const RETRY_ON = [
    "connect-failure",
    "refused-stream",
    "reset-before-request",
    "reset",
    "gateway-error",
    "5xx",
    "retriable-4xx",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
] as const;

export const retriesSchema = mapping({
    attempts: integer(0, 5).default(2),
    perTryTimeout: duration("1ms", "1h").optional(),
    // Unless given: the conditions under which no application has begun to work on the request.
    retryOn: z
        .array(oneOf(RETRY_ON), { error: `must be a list of ${RETRY_ON.join(", ")}` })
        .refine(
            (list) => list.length > 0,
            "must name at least one condition; for no retries set attempts to 0",
        )
        .optional(),
    budget: mapping({
        percent: integer(0, 100).default(20),
        // Istio takes 0 for "not said".
        minConcurrency: integer(1, 1_000).default(3),
    }).prefault({}),
});

export const connectionPoolSchema = mapping({
    maxConnections: integer(1, 1_000_000).default(100),
    maxPendingRequests: integer(1, 1_000_000).default(50),
    maxRequests: integer(1, 1_000_000).default(1_024),
    // Unless given: 1s, or the timeout where that is shorter.
    connectTimeout: duration("1ms", "1h").optional(),
    idleTimeout: duration("1ms", "24h").optional(),
    maxConnectionDuration: duration("1ms", "24h").optional(),
    maxRequestsPerConnection: integer(1, 1_000_000).optional(),
    maxConcurrentStreams: integer(1, 1_000_000).optional(),
    tcpKeepalive: mapping({
        time: duration("1s", "24h", true).optional(),
        interval: duration("1s", "24h", true).optional(),
        probes: integer(1, 100).optional(),
    }).optional(),
});

const errors = () => integer(1, 1_000);
const time = () => duration("1ms", "1h");

export const outlierDetectionSchema = mapping({
    consecutive5xxErrors: errors().default(5),
    consecutiveGatewayErrors: errors().optional(),
    interval: time().default("30s"),
    baseEjectionTime: time().default("30s"),
    // Envoy ejects a host only while the share after it stays within this: below 100 one host always stays.
    maxEjectionPercent: integer(1, 99).default(50),
    // What the canary has otherwise.
    canary: mapping({
        consecutive5xxErrors: errors().optional(),
        consecutiveGatewayErrors: errors().optional(),
        interval: time().optional(),
        baseEjectionTime: time().optional(),
        maxEjectionPercent: integer(1, 99).optional(),
    }).optional(),
});

const HASH_KEYS = ["header", "cookie", "queryParam", "sourceIp"] as const;

const consistentHashSchema = mapping({
    header: text("must be the name of a header").optional(),
    cookie: mapping({
        name: text("must be the name of a cookie"),
        path: text().optional(),
        ttl: duration("0s", "8760h").default("0s"),
    }).optional(),
    queryParam: text("must be the name of a query parameter").optional(),
    sourceIp: boolean().optional(),
}).refine(
    (hash) =>
        HASH_KEYS.filter((key) => hash[key] !== undefined && hash[key] !== false).length === 1,
    `must have exactly one of ${HASH_KEYS.join(", ")}`,
);

export const loadBalancingSchema = mapping({
    // Unless given, and without consistentHash: LEAST_REQUEST.
    algorithm: oneOf(["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM"]).optional(),
    consistentHash: consistentHashSchema.optional(),
    // Unless given: the mesh's own, which is nearest unless switched off.
    locality: oneOf(["nearest", "any"]).optional(),
    warmup: mapping({
        duration: duration("1s", "1h"),
        minimumPercent: integer(1, 100).default(10),
    }).optional(),
})
    .refine(
        ({ algorithm, consistentHash }) => algorithm === undefined || consistentHash === undefined,
        "must have either algorithm or consistentHash",
    )
    .refine(
        ({ algorithm, consistentHash, warmup }) =>
            warmup === undefined || (consistentHash === undefined && algorithm !== "RANDOM"),
        "must have warmup only with LEAST_REQUEST or ROUND_ROBIN",
    );
