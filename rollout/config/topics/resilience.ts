/** Config: what bounds the load on a slot and keeps failing pods away from users. */
import type { z } from "zod";
import { parseDuration } from "../duration";
import { boolean, doc, duration, integer, listOf, mapping, named, oneOf, text } from "../fields";
import { ISTIO, key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";

/** Envoy's retry conditions. Istio also takes HTTP statuses, but these repeat finished work: not offered. */
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

const retriesSchema = mapping({
    attempts: doc(
        integer(0, 5).default(2),
        "Retries after the first try. `0` also turns off Istio's default retries.",
    ),
    perTryTimeout: doc(
        duration("1ms", "1h").optional(),
        "Timeout of one try. (`attempts` + 1) × this must fit into `timeout`.",
        "what is left of `timeout`",
    ),
    retryOn: doc(
        listOf(RETRY_ON.join(", "), oneOf(RETRY_ON))
            .refine(
                (list) => list.length > 0,
                "at least one condition (for no retries, set attempts to 0)",
            )
            .optional(),
        "Envoy's retry conditions.",
        "`connect-failure`, `refused-stream` and, except for gRPC, `reset-before-request`: the conditions under which the application has not started on the request",
    ),
    budget: doc(
        named(
            "RetryBudgetArgs",
            mapping({
                percent: doc(
                    integer(0, 100).default(20),
                    "Percentage of a client's active requests that may be retries.",
                ),
                // Istio reads 0 as "not set".
                minConcurrency: doc(
                    integer(1, 1_000).default(3),
                    "Active retries that are always allowed.",
                ),
            }),
        ).prefault({}),
        "How many retries one client's sidecar may have active to a slot: the larger of the two.",
    ),
});

const connectionPoolSchema = mapping({
    maxConnections: doc(
        integer(1, 1_000_000).default(100),
        "TCP connections from one client's sidecar to one slot.",
    ),
    maxPendingRequests: doc(
        integer(1, 1_000_000).default(50),
        "Requests that wait for a connection.",
    ),
    maxRequests: doc(integer(1, 1_000_000).default(1_024), "Active requests (HTTP/2 and gRPC)."),
    connectTimeout: doc(
        duration("1ms", "1h").optional(),
        "Timeout of a TCP connection attempt.",
        "`1s`, or `timeout` if that is shorter",
    ),
    idleTimeout: doc(
        duration("1ms", "24h").optional(),
        "Close a connection this long after its last request.",
        "`1h` (Envoy's)",
    ),
    maxConnectionDuration: doc(
        duration("1ms", "24h").optional(),
        "Close a connection at this age, after its requests have finished.",
    ),
    maxRequestsPerConnection: doc(
        integer(1, 1_000_000).optional(),
        "Close a connection after this many requests.",
    ),
    maxConcurrentStreams: doc(
        integer(1, 1_000_000).optional(),
        "Concurrent requests on one connection (HTTP/2 and gRPC).",
    ),
    tcpKeepalive: doc(
        named(
            "TcpKeepaliveArgs",
            mapping({
                time: doc(
                    duration("1s", "24h", true).optional(),
                    "Idle time before the first keep-alive probe.",
                ),
                interval: doc(duration("1s", "24h", true).optional(), "Time between probes."),
                probes: doc(
                    integer(1, 100).optional(),
                    "Unanswered probes after which the connection is closed.",
                ),
            }),
        ).optional(),
        "TCP keep-alive.",
    ),
});

const errors = () => integer(1, 1_000);
const time = () => duration("1ms", "1h");

const CANARY_OUTLIERS = mapping({
    consecutive5xxErrors: doc(errors().optional(), "As above, for the canary."),
    consecutiveGatewayErrors: doc(errors().optional(), "As above, for the canary."),
    interval: doc(time().optional(), "As above, for the canary."),
    baseEjectionTime: doc(time().optional(), "As above, for the canary."),
    maxEjectionPercent: doc(integer(1, 99).optional(), "As above, for the canary."),
});

const outlierDetectionSchema = mapping({
    consecutive5xxErrors: doc(
        errors().default(5),
        "Consecutive 5xx responses after which a pod is ejected.",
    ),
    consecutiveGatewayErrors: doc(
        errors().optional(),
        "Consecutive 502, 503 and 504 responses after which a pod is ejected.",
    ),
    interval: doc(time().default("30s"), "Time between two checks for pods to return."),
    baseEjectionTime: doc(
        time().default("30s"),
        "Shortest ejection; it grows each time the pod is ejected.",
    ),
    // Envoy ejects a host only while the share after it stays within this: below 100 one host always stays.
    maxEjectionPercent: doc(
        integer(1, 99).default(50),
        "Largest percentage of a slot's pods that may be ejected. Below 100, one pod always stays.",
    ),
    canary: doc(
        named("CanaryOutlierDetectionArgs", CANARY_OUTLIERS).optional(),
        "Overrides these values for the canary; omitted values are shared.",
    ),
});

const HASH_KEYS = ["header", "cookie", "queryParam", "sourceIp"] as const;

const consistentHashSchema = mapping({
    header: doc(text("the name of a header").optional(), "Header whose value is hashed."),
    cookie: doc(
        named(
            "HashCookieArgs",
            mapping({
                name: doc(text("the name of a cookie"), "Name of the cookie."),
                path: doc(text().optional(), "Path of the cookie."),
                ttl: doc(
                    duration("0s", "8760h").default("0s"),
                    "How long a browser keeps the cookie; `0s` until the browser is closed.",
                ),
            }),
        ).optional(),
        "Cookie whose value is hashed. Envoy sets it if it is missing.",
    ),
    queryParam: doc(
        text("the name of a query parameter").optional(),
        "Query parameter whose value is hashed.",
    ),
    sourceIp: doc(boolean().optional(), "Hash the client's IP address."),
}).refine(
    (hash) =>
        HASH_KEYS.filter((one) => hash[one] !== undefined && hash[one] !== false).length === 1,
    `exactly one of ${HASH_KEYS.join(", ")}`,
);

const loadBalancingSchema = mapping({
    algorithm: doc(
        oneOf(["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM"]).optional(),
        "Which pod of a slot gets the next request.",
        "`LEAST_REQUEST`",
    ),
    consistentHash: doc(
        named("ConsistentHashArgs", consistentHashSchema).optional(),
        "Instead of `algorithm`: equal requests go to one pod, as long as the pods stay the same.",
    ),
    locality: doc(
        oneOf(["nearest", "any"]).optional(),
        "`nearest` prefers pods in the client's own zone while they are healthy.",
        "the mesh's setting, which is `nearest` unless it was changed",
    ),
    warmup: doc(
        named(
            "WarmupArgs",
            mapping({
                duration: doc(duration("1s", "1h"), "How long a new pod gets less than its share."),
                minimumPercent: doc(
                    integer(1, 100).default(10),
                    "Percentage of its share that a new pod starts with.",
                ),
            }),
        ).optional(),
        "Give a new pod fewer requests at first. Not with `RANDOM` or `consistentHash`.",
    ),
})
    .refine(
        ({ algorithm, consistentHash }) => algorithm === undefined || consistentHash === undefined,
        "either algorithm or consistentHash",
    )
    .refine(
        ({ algorithm, consistentHash, warmup }) =>
            warmup === undefined || (consistentHash === undefined && algorithm !== "RANDOM"),
        "warmup with LEAST_REQUEST or ROUND_ROBIN only",
    );

export const resilienceKeys = {
    timeout: key(
        doc(
            duration("1ms", "1h").default("5s"),
            "Timeout of a request, including all its retries.",
        ),
        REQUESTS,
    ),
    retries: key(
        doc(
            named("RetriesArgs", retriesSchema).prefault({}),
            "Retries, and the budget that bounds them.",
        ),
        REQUESTS,
    ),
    connectionPool: key(
        doc(
            named("ConnectionPoolArgs", connectionPoolSchema).prefault({}),
            "Limits of each client's sidecar to each slot.",
        ),
        ISTIO,
    ),
    outlierDetection: key(
        doc(
            named("OutlierDetectionArgs", outlierDetectionSchema).prefault({}),
            "When a client's sidecar ejects a failing pod.",
        ),
        ISTIO,
    ),
    loadBalancing: key(
        doc(
            named("LoadBalancingArgs", loadBalancingSchema).prefault({}),
            "Which pod of a slot gets a request.",
        ),
        ISTIO,
    ),
};

/** Keys of connectionPool that are about requests, which protocol tcp does not have. */
export const REQUEST_LIMITS = [
    "maxPendingRequests",
    "maxRequests",
    "maxRequestsPerConnection",
    "maxConcurrentStreams",
] as const;

interface TimeValues {
    readonly protocol: string;
    readonly timeout: string;
    readonly retries: z.output<typeof retriesSchema>;
    readonly connectionPool: z.output<typeof connectionPoolSchema>;
}

/** Tries and connection attempts fit into the timeout that bounds them. */
export function timeRelations(config: Partial<TimeValues>): Problem[] {
    const { protocol, timeout, retries, connectionPool } = config;
    const whole = parseDuration(timeout);
    if (protocol === "tcp" || whole === undefined) return [];
    const problems: Problem[] = [];
    const perTry = parseDuration(retries?.perTryTimeout);
    if (retries !== undefined && perTry !== undefined) {
        const tries = retries.attempts + 1;
        if (perTry * tries > whole) {
            const expected = `at most timeout (${timeout}) divided by ${tries} tries`;
            const path = ["retries", "perTryTimeout"];
            problems.push(wrongValue(path, expected, retries.perTryTimeout));
        }
    }
    const connect = parseDuration(connectionPool?.connectTimeout);
    if (connect !== undefined && connect > whole) {
        const path = ["connectionPool", "connectTimeout"];
        const expected = `at most timeout (${timeout})`;
        problems.push(wrongValue(path, expected, connectionPool?.connectTimeout));
    }
    return problems;
}
