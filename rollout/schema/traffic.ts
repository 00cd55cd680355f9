/** How requests travel: ladder, timeout, retries, connection limits, outlier detection. */
import { z } from "zod";
import { duration, integer, mapping, oneOf } from "./fields";

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

const LADDER_MUST =
    "must be a list of integers from 1 to 100, each above the one before, the last 100";

export const ladderSchema = z
    .array(integer(1, 100), { error: LADDER_MUST })
    .refine(
        (steps) =>
            steps.at(-1) === 100 &&
            steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0)),
        LADDER_MUST,
    );

export const retriesSchema = mapping({
    attempts: integer(0, 5).default(2),
    perTryTimeout: duration("1ms", "1h").optional(),
    // Unless given: the conditions under which no application has begun to work on the request.
    retryOn: z
        .array(oneOf(RETRY_ON), { error: `must be a list of ${RETRY_ON.join(", ")}` })
        .min(1, "must name at least one condition; for no retries set attempts to 0")
        .optional(),
});

export const connectionPoolSchema = mapping({
    maxConnections: integer(1, 1_000_000).default(100),
    maxPendingRequests: integer(1, 1_000_000).default(50),
    maxRequests: integer(1, 1_000_000).default(1_024),
    // Unless given: 1s, or the timeout where that is shorter.
    connectTimeout: duration("1ms", "1h").optional(),
});

export const outlierDetectionSchema = mapping({
    consecutive5xxErrors: integer(1, 1_000).default(5),
    interval: duration("1ms", "1h").default("30s"),
    baseEjectionTime: duration("1ms", "1h").default("30s"),
    // Envoy ejects a host only while the share after it stays within this: below 100 one host always stays.
    maxEjectionPercent: integer(1, 99).default(50),
});
