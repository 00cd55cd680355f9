/** Rule: requests that may already have had an effect are not retried. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { onlyTakes } from "../lookup/methods";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

/** Conditions under which the application has not started to process the request. */
const SAFE = [
    "connect-failure",
    "refused-stream",
    "reset-before-request",
    "http3-post-connect-failure",
];
/** Istio's defaults for gRPC, which do not affect other requests. */
const DEFAULTS = ["unavailable", "cancelled"];

export const retrySafety: ResourceRule = {
    scope: "resource",
    id: "retry-safety",
    group: "resilience",
    description:
        "A route for non-idempotent methods should retry only requests that no application has started.",
    severity: "advisory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        return items(at(manifest, "spec", "http")).flatMap(([index, route]) =>
            judge(manifest, `spec.http[${index}].retries.retryOn`, route),
        );
    },
};

function judge(manifest: Manifest, path: string, route: unknown): Finding[] {
    if (at(route, "retries", "attempts") === 0) return [];
    const isIdempotent = onlyTakes("idempotent", route);
    if (isIdempotent === true) return [];
    const expected = `only ${SAFE.slice(0, 3).join(", ")} for non-idempotent methods`;
    const fix =
        "Remove the other conditions, or move them to a separate route for GET, HEAD, PUT and DELETE.";
    const found = at(route, "retries", "retryOn");
    if (found === UNKNOWN) return [findingAt(manifest, path, UNKNOWN, expected, fix)];
    const conditions = (textAt(route, "retries", "retryOn") ?? "").split(",");
    const unsafe = conditions
        .map((one) => one.trim())
        .filter((one) => one !== "" && ![...SAFE, ...DEFAULTS].includes(one));
    if (unsafe.length === 0) return [];
    const unsafeOrUnknown = isIdempotent === UNKNOWN ? UNKNOWN : unsafe.join(",");
    return [findingAt(manifest, path, unsafeOrUnknown, expected, fix)];
}
