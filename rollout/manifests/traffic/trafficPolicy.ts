/** The traffic policies for clients' sidecars: connection limits, retry budget, outlier detection, load balancing. */

import { canonicalDuration, formatDuration, parseDuration } from "../../config/duration";
import type { RolloutConfig } from "../../config/rolloutConfig";

/** Default connect timeout in milliseconds, unless the request timeout is shorter. */
const CONNECT_MS = 1_000;

/** The policy of both slots. */
export function trafficPolicy(config: RolloutConfig) {
    const { canary: _, ...outlier } = config.outlierDetection;
    const { percent, minConcurrency } = config.retries.budget;
    return {
        connectionPool: connectionPool(config),
        outlierDetection: outlierDetection(outlier),
        loadBalancer: loadBalancer(config),
        ...(config.protocol !== "tcp" && {
            retryBudget: { percent, minRetryConcurrency: minConcurrency },
        }),
    };
}

/** The canary's overrides, if any. A subset's outlierDetection replaces the host's as a whole, so all fields are written. */
export function canaryPolicy({ outlierDetection: { canary, ...both } }: RolloutConfig) {
    if (canary === undefined) return undefined;
    const overrides = Object.entries(canary).filter(([, value]) => value !== undefined);
    return { outlierDetection: outlierDetection({ ...both, ...Object.fromEntries(overrides) }) };
}

function connectionPool(config: RolloutConfig) {
    const { connectionPool: pool, timeout, protocol, ports } = config;
    const connectMs =
        parseDuration(pool.connectTimeout) ??
        Math.min(CONNECT_MS, parseDuration(timeout) ?? CONNECT_MS);
    const { idleTimeout, maxConnectionDuration, tcpKeepalive } = pool;
    const idle = idleTimeout && { idleTimeout: canonicalDuration(idleTimeout) };
    const tcp = {
        maxConnections: pool.maxConnections,
        connectTimeout: formatDuration(connectMs),
        ...(maxConnectionDuration && {
            maxConnectionDuration: canonicalDuration(maxConnectionDuration),
        }),
        ...(tcpKeepalive && { tcpKeepalive: keepalive(tcpKeepalive) }),
    };
    return protocol === "tcp"
        ? { tcp: { ...tcp, ...idle }, http: undefined }
        : {
              tcp: { ...tcp, ...(ports.some((one) => one.protocol === "tcp") && idle) },
              http: { ...requests(config), ...idle },
          };
}

function requests({ connectionPool: pool, retries }: RolloutConfig) {
    const { maxRequestsPerConnection, maxConcurrentStreams } = pool;
    return {
        http1MaxPendingRequests: pool.maxPendingRequests,
        http2MaxRequests: pool.maxRequests,
        // A fallback: Envoy uses it only without a retry budget, which Istio drops before 1.27 and in subsets with their own policy.
        maxRetries: retries.budget.minConcurrency,
        ...(maxRequestsPerConnection && { maxRequestsPerConnection }),
        ...(maxConcurrentStreams && { maxConcurrentStreams }),
    };
}

type Keepalive = NonNullable<RolloutConfig["connectionPool"]["tcpKeepalive"]>;

function keepalive({ time, interval, probes }: Keepalive) {
    return {
        ...(time && { time: canonicalDuration(time) }),
        ...(interval && { interval: canonicalDuration(interval) }),
        ...(probes && { probes }),
    };
}

type Outlier = Omit<RolloutConfig["outlierDetection"], "canary">;

function outlierDetection(outlier: Outlier) {
    const { consecutive5xxErrors, consecutiveGatewayErrors, maxEjectionPercent } = outlier;
    return {
        consecutive5xxErrors,
        ...(consecutiveGatewayErrors && { consecutiveGatewayErrors }),
        interval: canonicalDuration(outlier.interval),
        baseEjectionTime: canonicalDuration(outlier.baseEjectionTime),
        maxEjectionPercent,
    };
}

function loadBalancer({ loadBalancing }: RolloutConfig) {
    const { algorithm = "LEAST_REQUEST", consistentHash, locality, warmup } = loadBalancing;
    const where = locality && { localityLbSetting: { enabled: locality === "nearest" } };
    if (consistentHash !== undefined) return { consistentHash: hashKey(consistentHash), ...where };
    return {
        simple: algorithm,
        ...where,
        ...(warmup && {
            warmup: {
                duration: canonicalDuration(warmup.duration),
                minimumPercent: warmup.minimumPercent,
            },
        }),
    };
}

type Hash = NonNullable<RolloutConfig["loadBalancing"]["consistentHash"]>;

function hashKey({ header, cookie, queryParam }: Hash) {
    if (header !== undefined) return { httpHeaderName: header };
    if (cookie !== undefined) {
        const { name, path, ttl } = cookie;
        return { httpCookie: { name, ...(path && { path }), ttl: canonicalDuration(ttl) } };
    }
    return queryParam === undefined
        ? { useSourceIp: true }
        : { httpQueryParameterName: queryParam };
}
