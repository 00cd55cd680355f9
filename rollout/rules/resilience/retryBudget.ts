/** Rule: retries that repeat what an application may have begun to work on have a budget. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { fullHost, namespaceOf, resourceName } from "../lookup/names";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { destinationRuleOf } from "../lookup/subsets";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

/** Conditions under which no application has seen the request: repeating it adds nothing to a slow version's load. */
const SAFE = ["connect-failure", "refused-stream", "reset-before-request"];

export const retryBudget: ProgramRule = {
    scope: "program",
    id: "retry-budget",
    group: "resilience",
    description: "Retries that an application may see twice are bounded by its DestinationRule.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, { group: "networking.istio.io", kind: "DestinationRule" }],
    options: {},
    check(manifests) {
        return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((virtualService) =>
            items(at(virtualService, "spec", "http")).flatMap(([index, route]) =>
                judge(virtualService, `spec.http[${index}]`, route, manifests),
            ),
        );
    },
};

function judge(
    virtualService: Manifest,
    path: string,
    route: unknown,
    manifests: readonly Manifest[],
): Finding[] {
    const attempts = at(route, "retries", "attempts");
    const retryOn = at(route, "retries", "retryOn");
    const unknown = [attempts, retryOn].includes(UNKNOWN);
    if (attempts === 0 || attempts === undefined || !(unknown || repeats(retryOn))) return [];
    const hosts = items(at(route, "route")).map(([, one]) => at(one, "destination", "host"));
    const rules = hosts.flatMap((host) => {
        if (typeof host !== "string") return [];
        // The rule of a host that another program runs is not this one's to judge.
        return destinationRuleOf(fullHost(host, namespaceOf(virtualService)), manifests) ?? [];
    });
    return [...new Set(rules)].flatMap((rule): Finding[] => {
        const bounds = boundsOf(rule);
        const known = bounds.some((bound) => bound !== undefined && bound !== UNKNOWN);
        if (known) return [];
        const name = resourceName(rule);
        return [
            {
                resource: resourceName(virtualService),
                path: `${path}.retries.retryOn`,
                found: unknown || bounds.includes(UNKNOWN) ? UNKNOWN : retryOn,
                expected: `${SAFE.join(", ")}, or a bound on retries in ${name}`,
                fix: `Add trafficPolicy.retryBudget with percent 20 to ${name}: without one each try that a slow version fails brings it another.`,
            },
        ];
    });
}

/** Whether some condition holds after an application has got the request; Istio's own default is the safe ones. */
function repeats(retryOn: unknown): boolean {
    if (typeof retryOn !== "string") return false;
    const conditions = retryOn.split(",").map((one) => one.trim());
    return conditions.some((one) => one !== "" && !SAFE.includes(one));
}

/** Istio drops a subset's own retryBudget, so that only what holds for the whole host counts. */
function boundsOf(destinationRule: Manifest): unknown[] {
    return [
        at(destinationRule, "spec", "trafficPolicy", "retryBudget"),
        at(destinationRule, "spec", "trafficPolicy", "connectionPool", "http", "maxRetries"),
    ];
}
