/** Rule: what may have been done already is not done again. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { onlyTakes } from "../lookup/methods";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

/** Conditions under which no application has begun to work on the request. */
const SAFE = [
    "connect-failure",
    "refused-stream",
    "reset-before-request",
    "http3-post-connect-failure",
];
/** Istio's own, when none is given; its two gRPC ones concern gRPC alone. */
const DEFAULTS = ["unavailable", "cancelled"];

export const retrySafety: ResourceRule = {
    scope: "resource",
    id: "retry-safety",
    group: "resilience",
    description:
        "A route that takes methods which are not idempotent retries only what no application has begun.",
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
    const takes = onlyTakes("idempotent", route);
    if (takes === true) return [];
    const expected = `${SAFE.slice(0, 3).join(", ")} for methods that are not idempotent`;
    const fix =
        "Leave the others out, or give GET, HEAD, PUT and DELETE a route of their own that has them.";
    const found = at(route, "retries", "retryOn");
    if (found === UNKNOWN) return [findingAt(manifest, path, UNKNOWN, expected, fix)];
    const conditions = (textAt(route, "retries", "retryOn") ?? "").split(",");
    const unsafe = conditions
        .map((one) => one.trim())
        .filter((one) => one !== "" && ![...SAFE, ...DEFAULTS].includes(one));
    if (unsafe.length === 0) return [];
    const judged = takes === UNKNOWN ? UNKNOWN : unsafe.join(",");
    return [findingAt(manifest, path, judged, expected, fix)];
}
