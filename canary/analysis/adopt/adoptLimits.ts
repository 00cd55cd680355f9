/** The traffic policy of a live DestinationRule as config. */
import { REQUEST_LIMITS, resilienceKeys } from "../../../rollout/config/topics/resilience";
import { at, isMapping } from "../../../rollout/config/unknown";
import { type FieldTable, type Plain, setAt, taken, translate } from "./translate";

type Topic = "connectionPool" | "outlierDetection" | "loadBalancing";

/** Fields of Istio's traffic policy with the key that says the same. */
const SAME: Readonly<Record<string, `${Topic}.${string}`>> = {
    "connectionPool.tcp.maxConnections": "connectionPool.maxConnections",
    "connectionPool.tcp.connectTimeout": "connectionPool.connectTimeout",
    "connectionPool.tcp.maxConnectionDuration": "connectionPool.maxConnectionDuration",
    "connectionPool.tcp.tcpKeepalive": "connectionPool.tcpKeepalive",
    "connectionPool.http.http1MaxPendingRequests": "connectionPool.maxPendingRequests",
    "connectionPool.http.http2MaxRequests": "connectionPool.maxRequests",
    "connectionPool.http.maxRequestsPerConnection": "connectionPool.maxRequestsPerConnection",
    "connectionPool.http.idleTimeout": "connectionPool.idleTimeout",
    "connectionPool.http.maxConcurrentStreams": "connectionPool.maxConcurrentStreams",
    "outlierDetection.consecutive5xxErrors": "outlierDetection.consecutive5xxErrors",
    "outlierDetection.consecutiveGatewayErrors": "outlierDetection.consecutiveGatewayErrors",
    "outlierDetection.interval": "outlierDetection.interval",
    "outlierDetection.baseEjectionTime": "outlierDetection.baseEjectionTime",
    "outlierDetection.maxEjectionPercent": "outlierDetection.maxEjectionPercent",
    "loadBalancer.simple": "loadBalancing.algorithm",
    "loadBalancer.consistentHash.httpHeaderName": "loadBalancing.consistentHash.header",
    "loadBalancer.consistentHash.httpCookie": "loadBalancing.consistentHash.cookie",
    "loadBalancer.consistentHash.httpQueryParameterName": "loadBalancing.consistentHash.queryParam",
    "loadBalancer.consistentHash.useSourceIp": "loadBalancing.consistentHash.sourceIp",
};

const TABLE: FieldTable = Object.fromEntries(
    Object.entries(SAME).map(([path, key]) => [
        path,
        (value) => taken(`\`${key}\``, { config: { [key]: value } }),
    ]),
);

/** Istio limits nothing without a DestinationRule. So high that nothing changes, yet a number that can be lowered. */
export const UNLIMITED = 10_000;

export interface AdoptedLimits {
    /** The keys `connectionPool`, `outlierDetection` and `loadBalancing`. */
    readonly config: Plain;
    /** Fields that no key says. */
    readonly lost: readonly string[];
}

/** Limits that a policy does not set stay without effect. @param isTcp the app has connections only, no requests. */
export function adoptLimits(policy: unknown, isTcp: boolean): AdoptedLimits {
    const config: Plain = {
        connectionPool: {
            maxConnections: UNLIMITED,
            maxPendingRequests: UNLIMITED,
            maxRequests: UNLIMITED,
        },
    };
    const lost: string[] = [];
    const spec = isMapping(policy) ? policy : {};
    for (const { path, config: found } of translate(spec, TABLE)) {
        const [[key, given] = []] = Object.entries(found ?? {});
        // Istio's 0 means no limit.
        if (key !== undefined && given === 0) continue;
        if (key !== undefined && accepts(config, key, given)) setAt(config, key, given);
        else lost.push(`\`${path}\``);
    }
    if (isTcp) {
        const limits = Object.entries(config.connectionPool as Plain);
        const isOfRequests = (key: string) => REQUEST_LIMITS.some((one) => one === key);
        config.connectionPool = Object.fromEntries(limits.filter(([key]) => !isOfRequests(key)));
    }
    return { config, lost };
}

function accepts(config: Plain, key: string, value: unknown): boolean {
    const topic = key.split(".")[0] as Topic;
    const candidate: Plain = { [topic]: config[topic] };
    setAt(candidate, key, value);
    return resilienceKeys[topic].schema.safeParse(at(candidate, topic)).success;
}
