/** Config: timeouts, retries, connection limits, outlier detection and load balancing. */
import type { z } from "zod";
import { parseDuration } from "../duration";
import { boolean, doc, duration, integer, listOf, mapping, named, oneOf, text } from "../fields";
import { ISTIO, key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";

/** Envoy's retry conditions. Istio also accepts HTTP status codes, but retrying on those repeats finished work. */
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

const tries = {
    attempts: doc(
        integer(0, 5).default(2),
        "Maximum number of retries after the first try. `0` also disables Istio's default retries.",
    ),
    perTryTimeout: doc(
        duration("1ms", "1h").optional(),
        "Timeout of each try. (`attempts` + 1) × `perTryTimeout` must not exceed `timeout`.",
        "the rest of `timeout`",
    ),
    retryOn: doc(
        listOf(RETRY_ON.join(", "), oneOf(RETRY_ON))
            .refine(
                (list) => list.length > 0,
                "at least one condition (to disable retries, set `attempts` to 0)",
            )
            .optional(),
        "Envoy's retry conditions.",
        "`connect-failure`, `refused-stream` and, except for `grpc`, `reset-before-request`. In these cases the application has not started to process the request",
    ),
};

/** Retries of a route. The budget belongs to a slot, so routes share it. */
export const routeRetriesSchema = named("RouteRetriesArgs", mapping(tries));

const retriesSchema = mapping({
    ...tries,
    budget: doc(
        named(
            "RetryBudgetArgs",
            mapping({
                percent: doc(
                    integer(0, 100).default(20),
                    "Percentage of the client's active requests to the slot that may be retries.",
                ),
                // Not 0, which Istio treats as "not set".
                minConcurrency: doc(
                    integer(1, 1_000).default(3),
                    "Number of concurrent retries that are always allowed.",
                ),
            }),
        ).prefault({}),
        "Limit on concurrent retries from one client's sidecar to one slot: the larger of `percent` and `minConcurrency`.",
    ),
});

/** High enough for any caller that works: a limit that is reached fails requests at once, with 503. */
const limit = () => integer(1, 1_000_000).default(10_000);

const connectionPoolSchema = mapping({
    maxConnections: doc(
        limit(),
        "Maximum number of TCP connections of one client's sidecar to one slot.",
    ),
    maxPendingRequests: doc(limit(), "Maximum number of requests that wait for a connection."),
    maxRequests: doc(limit(), "Maximum number of active requests."),
    connectTimeout: doc(
        duration("1ms", "1h").optional(),
        "Timeout for opening a TCP connection.",
        "`1s`, or `timeout` if that is shorter",
    ),
    idleTimeout: doc(
        duration("1ms", "24h").optional(),
        "Close a connection this long after its last request.",
        "`1h`, Envoy's default",
    ),
    maxConnectionDuration: doc(
        duration("1ms", "24h").optional(),
        "Maximum age of a connection. Envoy closes it after its active requests have finished.",
    ),
    maxRequestsPerConnection: doc(
        integer(1, 1_000_000).optional(),
        "Close a connection after this number of requests.",
    ),
    maxConcurrentStreams: doc(
        integer(1, 1_000_000).optional(),
        "Maximum number of concurrent requests on one connection (HTTP/2 and gRPC).",
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
                    "Number of unanswered probes after which the connection is closed.",
                ),
            }),
        ).optional(),
        "TCP keep-alive settings.",
        "none",
    ),
});

const errors = () => integer(1, 1_000);
const time = () => duration("1ms", "1h");

const canaryValue = <Schema extends z.ZodType>(schema: Schema, name: string) =>
    doc(schema, `Overrides \`${name}\` for the canary.`, "the value for both slots");

const CANARY_OUTLIERS = mapping({
    consecutive5xxErrors: canaryValue(errors().optional(), "consecutive5xxErrors"),
    consecutiveGatewayErrors: canaryValue(errors().optional(), "consecutiveGatewayErrors"),
    interval: canaryValue(time().optional(), "interval"),
    baseEjectionTime: canaryValue(time().optional(), "baseEjectionTime"),
    maxEjectionPercent: canaryValue(integer(1, 99).optional(), "maxEjectionPercent"),
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
    interval: doc(
        time().default("30s"),
        "Interval at which Envoy checks whether ejected pods may return.",
    ),
    baseEjectionTime: doc(
        time().default("30s"),
        "Minimum ejection time. It grows each time the same pod is ejected.",
    ),
    // Envoy ejects a host only if the ejected share stays within this limit, so below 100 one host always remains.
    maxEjectionPercent: doc(
        integer(1, 99).default(50),
        "Maximum percentage of a slot's pods that may be ejected. At least one pod always remains.",
    ),
    canary: doc(
        named("CanaryOutlierDetectionArgs", CANARY_OUTLIERS).optional(),
        "Overrides these values for the canary. Omitted values are shared.",
    ),
});

const HASH_KEYS = ["header", "cookie", "queryParam", "sourceIp"] as const;

const consistentHashSchema = mapping({
    header: doc(text("the name of a header").optional(), "Name of a request header to hash."),
    cookie: doc(
        named(
            "HashCookieArgs",
            mapping({
                name: doc(text("the name of a cookie"), "Name of the cookie."),
                path: doc(text().optional(), "`Path` attribute of the cookie."),
                ttl: doc(
                    duration("0s", "8760h").default("0s"),
                    "How long a browser keeps the cookie. `0s` makes it a session cookie.",
                ),
            }),
        ).optional(),
        "Cookie to hash. Envoy sets it if a request has none.",
    ),
    queryParam: doc(
        text("the name of a query parameter").optional(),
        "Name of a query parameter to hash.",
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
        "Load-balancing algorithm.",
        "`LEAST_REQUEST`",
    ),
    consistentHash: doc(
        named("ConsistentHashArgs", consistentHashSchema).optional(),
        "Consistent hashing, instead of `algorithm`: requests with the same hash go to the same pod while the set of pods does not change. Set exactly one of its keys.",
        "none",
    ),
    locality: doc(
        oneOf(["nearest", "any"]).optional(),
        "`nearest` prefers healthy pods in the client's zone. `any` ignores zones.",
        "the mesh's setting, which is `nearest` unless changed",
    ),
    warmup: doc(
        named(
            "WarmupArgs",
            mapping({
                duration: doc(duration("1s", "1h"), "Duration of the warm-up."),
                minimumPercent: doc(
                    integer(1, 100).default(10),
                    "Percentage of its share that a new pod gets at first.",
                ),
            }),
        ).optional(),
        "Warm-up: a new pod gets fewer requests at first. Not allowed with `RANDOM` or `consistentHash`.",
    ),
})
    .refine(
        ({ algorithm, consistentHash }) => algorithm === undefined || consistentHash === undefined,
        "either algorithm or consistentHash",
    )
    .refine(
        ({ algorithm, consistentHash, warmup }) =>
            warmup === undefined || (consistentHash === undefined && algorithm !== "RANDOM"),
        "warmup only with LEAST_REQUEST or ROUND_ROBIN",
    );

export const resilienceKeys = {
    timeout: key(
        doc(duration("1ms", "1h").default("5s"), "Timeout of a request, including its retries."),
        REQUESTS,
    ),
    retries: key(
        doc(named("RetriesArgs", retriesSchema).prefault({}), "Retries and their limits."),
        REQUESTS,
    ),
    connectionPool: key(
        doc(
            named("ConnectionPoolArgs", connectionPoolSchema).prefault({}),
            "Limits on the connections and requests from one client's sidecar to one slot.",
        ),
        ISTIO,
    ),
    outlierDetection: key(
        doc(
            named("OutlierDetectionArgs", outlierDetectionSchema).prefault({}),
            "Ejection of failing pods from load balancing, by each client's sidecar.",
        ),
        ISTIO,
    ),
    loadBalancing: key(
        doc(
            named("LoadBalancingArgs", loadBalancingSchema).prefault({}),
            "Load balancing between the pods of a slot.",
        ),
        ISTIO,
    ),
};

/** Keys of connectionPool that limit requests; protocol tcp rejects them. */
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

/** Reports tries and connection attempts that exceed the request timeout. */
export function timeRelations(config: Partial<TimeValues>): Problem[] {
    const { protocol, timeout, retries, connectionPool } = config;
    const whole = parseDuration(timeout);
    if (protocol === "tcp" || whole === undefined) return [];
    const problems: Problem[] = [];
    problems.push(...triesProblems(["retries"], timeout, retries));
    const connect = parseDuration(connectionPool?.connectTimeout);
    if (connect !== undefined && connect > whole) {
        const path = ["connectionPool", "connectTimeout"];
        const expected = `at most timeout (${timeout})`;
        problems.push(wrongValue(path, expected, connectionPool?.connectTimeout));
    }
    return problems;
}

/** Reports tries that do not fit into the timeout of their route. */
export function triesProblems(
    path: readonly PropertyKey[],
    timeout: string | undefined,
    retries: z.output<typeof routeRetriesSchema> | undefined,
): Problem[] {
    const whole = parseDuration(timeout);
    const perTry = parseDuration(retries?.perTryTimeout);
    if (!whole || retries === undefined || perTry === undefined) return [];
    const count = retries.attempts + 1;
    if (perTry * count <= whole) return [];
    const expected = `at most timeout (${timeout}) divided by ${count} tries`;
    return [wrongValue([...path, "perTryTimeout"], expected, retries.perTryTimeout)];
}
