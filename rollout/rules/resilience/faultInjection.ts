/** Rule: no fault injection is left in a route. */

import { annotationOf } from "../../config/names";
import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

const FIX = "Remove the fault, or match only the requests of testers, by a header for example.";

export const faultInjection: ResourceRule = {
    scope: "resource",
    id: "fault-injection",
    group: "resilience",
    description:
        "A route must not abort every request with an injected fault, and a rollout's route must have none.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        return items(at(manifest, "spec", "http")).flatMap(([index, route]) => [
            ...judge(
                manifest,
                `spec.http[${index}].fault.abort`,
                at(route, "fault", "abort"),
                route,
            ),
            ...judge(
                manifest,
                `spec.http[${index}].fault.delay`,
                at(route, "fault", "delay"),
                route,
            ),
        ]);
    },
};

function judge(manifest: Manifest, path: string, fault: unknown, route: unknown): Finding[] {
    if (fault === undefined || fault === null) return [];
    const expected = "no injected fault";
    const share = shareOf(fault);
    if (share === UNKNOWN) return [findingAt(manifest, path, UNKNOWN, expected, FIX)];
    if (share === 0) return [];
    const finding = findingAt(manifest, path, fault, expected, FIX);
    const isAbort = path.endsWith("abort");
    // The driver would compare two versions whose requests fail for another reason.
    const isOfRollout = typeof annotationOf(manifest, "stable") === "string";
    const breaks = !isForTesters(route) && (isOfRollout || (isAbort && share >= 100));
    return [breaks ? finding : { ...finding, advisory: true }];
}

/** Percentage of the requests. Istio's default: 0 (pilot/pkg/networking/core/route/route.go:TranslateFault). */
function shareOf(fault: unknown): number | typeof UNKNOWN {
    const percentage = at(fault, "percentage");
    const value = at(fault, "percentage", "value") ?? at(fault, "percent");
    if (fault === UNKNOWN || percentage === UNKNOWN || value === UNKNOWN) return UNKNOWN;
    return typeof value === "number" ? value : 0;
}

/** Conditions that select some callers. */
const CALLERS = ["headers", "queryParams", "sourceLabels", "sourceNamespace", "authority"];

/** Whether every match selects some callers. Unknown matches may. */
function isForTesters(route: unknown): boolean {
    const match = at(route, "match");
    const entries = items(match);
    if (match === UNKNOWN) return true;
    return (
        entries.length > 0 &&
        entries.every(([, one]) => CALLERS.some((field) => at(one, field) !== undefined))
    );
}
