/** What the application speaks, and what that rules out: TCP has connections, and no requests. */

import { type Problem, wrong } from "../problems";
import type { ConfigKey, RolloutConfig } from "../rolloutConfig";
import { at } from "../unknown";

export const PROTOCOLS = ["http", "http2", "grpc", "tcp"] as const;

/** Whole keys that are about requests. */
const OF_REQUESTS: readonly ConfigKey[] = [
    "targets",
    "stableOnlyPaths",
    "sticky",
    "jwt",
    "mirror",
    "timeout",
    "retries",
    "hosts",
    "gateways",
    "gateway",
];

/** Keys of connectionPool that are about requests. */
const POOL_OF_REQUESTS = [
    "maxPendingRequests",
    "maxRequests",
    "maxRequestsPerConnection",
    "maxConcurrentStreams",
] as const;

const MUST = "must be left out while protocol is tcp, which has connections and no requests";

/** Everything in a config of protocol tcp that could not do what it says; a value that is the default says nothing. */
export function protocolRelations(
    config: Partial<RolloutConfig>,
    defaultOf: (key: ConfigKey) => unknown,
): Problem[] {
    if (config.protocol !== "tcp") return [];
    const { connectionPool: pool, loadBalancing } = config;
    const whole = OF_REQUESTS.filter((key) => differs(config[key], defaultOf(key))).map((key) => ({
        path: [key],
        reason: wrong(MUST, config[key]),
    }));
    const inPool = POOL_OF_REQUESTS.filter((key) =>
        differs(pool?.[key], at(defaultOf("connectionPool"), key)),
    ).map((key) => ({ path: ["connectionPool", key], reason: wrong(MUST, pool?.[key]) }));
    const hash = loadBalancing?.consistentHash;
    const byRequest = hash !== undefined && hash.sourceIp !== true;
    const reason = wrong("must be sourceIp while protocol is tcp", hash);
    return [
        ...whole,
        ...inPool,
        ...(byRequest ? [{ path: ["loadBalancing", "consistentHash"], reason }] : []),
    ];
}

/** `found` is undefined when it was wrong in itself, which is reported already. */
function differs(found: unknown, byDefault: unknown): boolean {
    return found !== undefined && JSON.stringify(found) !== JSON.stringify(byDefault);
}
