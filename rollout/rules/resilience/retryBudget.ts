/** Rule: retries of requests that the application may have received have a limit. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { HOST_KINDS } from "../lookup/hostPolicies";
import { type HostRule, hostRuleOf } from "../lookup/policies/destinationRules";
import { policyField, policyPlaces, retryBudgetOf } from "../lookup/policies/trafficPolicies";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { serviceOf } from "../lookup/subsets";
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
    kinds: HOST_KINDS,
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
    const byRule = new Map<HostRule, Limit[]>();
    for (const [, one] of items(at(route, "route"))) {
        const destination = at(one, "destination");
        const host = at(destination, "host");
        if (typeof host !== "string") continue;
        const full = fullHost(host, namespaceOf(virtualService));
        const rule = hostRuleOf(full, manifests);
        // Another program owns the DestinationRule of its host.
        if (rule === undefined) continue;
        const limit = limitOf(destination, rule, serviceOf(full, manifests));
        byRule.set(rule, [...(byRule.get(rule) ?? []), limit]);
    }
    return [...byRule].flatMap(([rule, limits]): Finding[] => {
        const isMissing = limits.includes("missing");
        if (!isMissing && !limits.includes("unknown")) return [];
        const name = resourceName(rule.policy?.rule ?? rule.rules[0]);
        return [
            {
                resource: resourceName(virtualService),
                path: `${path}.retries.retryOn`,
                found: unknown || !isMissing ? UNKNOWN : retryOn,
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

type Limit = "set" | "missing" | "unknown";

/** If the destination names no port, a limit at one of the ports is enough. */
function limitOf(destination: unknown, rule: HostRule, service: Manifest | undefined): Limit {
    const subset = at(destination, "subset");
    const limits = portsOf(destination, rule, service).flatMap((port) => {
        const where = { port, subset };
        const pool = policyField(rule, "connectionPool", where)?.value;
        return [retryBudgetOf(rule, where), at(pool, "http", "maxRetries")];
    });
    // Istio takes 0 as no limit.
    if (limits.some((limit) => limit !== UNKNOWN && Boolean(limit))) return "set";
    return limits.includes(UNKNOWN) ? "unknown" : "missing";
}

/** The port that the destination names, otherwise those of the Service, otherwise those with settings of their own and all others. */
function portsOf(destination: unknown, rule: HostRule, service: Manifest | undefined): unknown[] {
    const named = at(destination, "port", "number");
    if (named !== undefined) return [named];
    const ports = items(at(service, "spec", "ports")).map(([, one]) => at(one, "port"));
    return ports.length > 0 ? ports : [undefined, ...policyPlaces(rule).map(({ port }) => port)];
}
