/** Retries of HTTP routes: validateHTTPRetry of pkg/config/validation/validation.go. */
import { closest } from "../../../config/problems";
import type { Field } from "../../field";

/** Conditions of Envoy's x-envoy-retry-on and x-envoy-retry-grpc-on. */
const CONDITIONS = [
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

/** Status codes that Go's net/http names, as ranges. */
const STATUS_CODES = [
    [100, 103],
    [200, 208],
    [226, 226],
    [300, 305],
    [307, 308],
    [400, 418],
    [421, 426],
    [428, 429],
    [431, 431],
    [451, 451],
    [500, 508],
    [510, 511],
] as const;

export function checkRetries(retries: Field): void {
    if (!retries.isSet || retries.isUnknown) return;
    const attempts = retries.get("attempts");
    if ((attempts.number ?? 0) < 0) attempts.reject("0 or more", "Set the number of retries.");
    if (attempts.number === 0) rejectPolicyWithoutAttempts(retries, attempts);
    checkConditions(retries.get("retryOn"));
}

/** Absent attempts are 0, which switches retries off. */
function rejectPolicyWithoutAttempts(retries: Field, attempts: Field): void {
    const policy = ["perTryTimeout", "retryOn", "retryRemoteLocalities"].find((name) => {
        const field = retries.get(name);
        return name === "retryOn" ? field.isFilled : field.isSet;
    });
    if (policy === undefined) return;
    attempts.reject(
        `at least 1 beside ${policy}`,
        `Set attempts, or remove ${policy}: 0 attempts switch retries off, also by default.`,
    );
}

function checkConditions(retryOn: Field): void {
    const { text } = retryOn;
    if (text === undefined || text === "") return;
    const wrong = text.split(",").find((one) => !CONDITIONS.includes(one) && !isStatusCode(one));
    if (wrong === undefined) return;
    const near = CONDITIONS.includes(wrong.trim()) ? undefined : closest(wrong, CONDITIONS);
    retryOn.reject(
        "conditions of Envoy or status codes, separated by commas without spaces",
        near === undefined
            ? `Correct \`${wrong}\`, which is no condition.`
            : `Did you mean \`${near}\`? Istio rejects \`${wrong}\`.`,
    );
}

function isStatusCode(text: string): boolean {
    if (!/^[-+]?\d+$/.test(text)) return false;
    return STATUS_CODES.some(([first, last]) => Number(text) >= first && Number(text) <= last);
}
