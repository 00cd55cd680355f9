/** Rule: every namespace that sees a route also sees its subsets. */

import { at, UNKNOWN } from "../../config/unknown";
import { hasNamespace } from "../lookup/mesh/objectIndex";
import { visibleIn } from "../lookup/mesh/visibility";
import { hostRulesOf } from "../lookup/policies/destinationRules";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { destinationsOf, VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const visibleSubsets: ProgramRule = {
    scope: "program",
    id: "visible-subsets",
    group: "routing",
    description:
        "A DestinationRule must be visible in every namespace that sees a route to its subsets.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, { group: "networking.istio.io", kind: "DestinationRule" }],
    options: {
        rootNamespace: {
            type: "string",
            description:
                "The mesh's root namespace, whose DestinationRules apply to the whole mesh.",
            default: "istio-system",
        },
    },
    check(manifests, { rootNamespace }) {
        return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((route) =>
            hostsWithSubsets(route).flatMap((host) => {
                // A rule with a workloadSelector adds to what other callers use.
                const rules = hostRulesOf(host, manifests).filter((one) => !one.forSomeCallers);
                const each = rules.map((one) => judge(route, host, one.rules[0], rootNamespace));
                return each.find((findings) => findings.length === 0) ?? each[0] ?? [];
            }),
        );
    },
};

/** Fully qualified hosts for which the routes name a subset. */
function hostsWithSubsets(virtualService: Manifest): string[] {
    const hosts = destinationsOf(virtualService).flatMap(({ host, subset }) =>
        typeof host === "string" && subset !== undefined
            ? [fullHost(host, namespaceOf(virtualService))]
            : [],
    );
    return [...new Set(hosts)];
}

function judge(route: Manifest, host: string, rule: Manifest, rootNamespace: unknown): Finding[] {
    const about = { resource: resourceName(rule), path: "spec.exportTo" };
    const routeScope = visibleIn(route);
    const ruleScope = visibleIn(rule);
    if (routeScope === UNKNOWN || ruleScope === UNKNOWN) {
        const expected = `the namespaces of ${resourceName(route)}`;
        return [{ ...about, found: UNKNOWN, expected, fix: "The update checks this value." }];
    }
    const here = namespaceOf(rule);
    // Istio looks up a DestinationRule only in the namespaces of the client and the Service, and in the root namespace.
    const home = host.endsWith(".svc.cluster.local") ? host.split(".")[1] : here;
    if (here !== home && here !== rootNamespace) {
        if (!hasNamespace(rule)) return [];
        if (routeScope.every((namespace) => namespace === here)) return [];
        return [
            {
                resource: resourceName(rule),
                path: "metadata.namespace",
                found: here,
                expected: `${home}, the namespace of ${host}, because ${resourceName(route)} is visible in ${namespaceList(routeScope)}`,
                fix: "Move it there: Istio ignores it here for callers in other namespaces, which get 503.",
            },
        ];
    }
    if (ruleScope.includes("*") || routeScope.every((namespace) => ruleScope.includes(namespace)))
        return [];
    return [
        {
            ...about,
            found: at(rule, "spec", "exportTo"),
            expected: `at least ${namespaceList(routeScope)}, as in ${resourceName(route)}`,
            fix: "Set the same `exportTo` in both: a caller that sees the route but not its subsets gets 503.",
        },
    ];
}

function namespaceList(namespaces: readonly string[]): string {
    return namespaces.includes("*") ? "every namespace" : namespaces.join(", ");
}
