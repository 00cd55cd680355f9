/** Rule: retries of requests that the application may have received have a limit. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { type HostRule, hostRuleOf } from "../lookup/policies/destinationRules";
import { policyPlaces } from "../lookup/policies/trafficPolicies";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

/** Conditions under which the application has not received the request, so a retry adds no load to a slow version. */
const SAFE = ["connect-failure", "refused-stream", "reset-before-request"];

export const retryBudget: ProgramRule = {
    scope: "program",
    id: "retry-budget",
    group: "resilience",
    description:
        "Retries of requests that the application may have received must have a limit in the DestinationRule.",
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
    if (attempts === 0 || attempts === undefined || !(unknown || isRepeated(retryOn))) return [];
    const hosts = items(at(route, "route")).map(([, one]) => at(one, "destination", "host"));
    const rules = hosts.flatMap((host) => {
        if (typeof host !== "string") return [];
        // Another program owns the DestinationRule of its host.
        return hostRuleOf(fullHost(host, namespaceOf(virtualService)), manifests) ?? [];
    });
    return [...new Set(rules)].flatMap((rule): Finding[] => {
        const limits = retryLimitsOf(rule);
        const isLimited = limits.some((limit) => limit !== undefined && limit !== UNKNOWN);
        if (isLimited) return [];
        const name = resourceName(rule.policy?.rule ?? rule.rules[0]);
        return [
            {
                resource: resourceName(virtualService),
                path: `${path}.retries.retryOn`,
                found: unknown || limits.includes(UNKNOWN) ? UNKNOWN : retryOn,
                expected: `only ${SAFE.join(", ")}, or a retry limit in ${name}`,
                fix: `Add \`trafficPolicy.retryBudget\` with \`percent: 20\` to ${name}: without a limit, each failed try sends another request to a slow version.`,
            },
        ];
    });
}

/** Whether a condition can apply after the application has received the request. Istio's defaults cannot. */
function isRepeated(retryOn: unknown): boolean {
    if (typeof retryOn !== "string") return false;
    const conditions = retryOn.split(",").map((one) => one.trim());
    return conditions.some((one) => one !== "" && !SAFE.includes(one));
}

/**
 * Istio reads a retryBudget only in the host's trafficPolicy, and maxRetries also in the settings of a subset or port
 * (pilot/pkg/networking/util/util.go:mergeTrafficPolicy).
 */
function retryLimitsOf(hostRule: HostRule): unknown[] {
    const pools = policyPlaces(hostRule).map(({ value }) =>
        at(value, "connectionPool", "http", "maxRetries"),
    );
    return [at(hostRule.policy?.value, "retryBudget"), ...pools];
}
