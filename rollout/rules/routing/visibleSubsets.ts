/** Rule: every namespace that sees a route also sees its subsets. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { destinationsOf, VIRTUAL_SERVICE } from "../lookup/routes";
import { destinationRuleOf } from "../lookup/subsets";
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
                const rule = destinationRuleOf(host, manifests);
                return rule === undefined ? [] : judge(route, host, rule, rootNamespace);
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

/** Namespaces that an object is exported to. Without `exportTo`: all. */
function visibleIn(manifest: Manifest): string[] | typeof UNKNOWN {
    const exportTo = at(manifest, "spec", "exportTo");
    const names = items(exportTo).map(([, name]) => name);
    if (exportTo === UNKNOWN || names.includes(UNKNOWN)) return UNKNOWN;
    if (names.length === 0) return ["*"];
    return names.map((name) => (name === "." ? namespaceOf(manifest) : String(name)));
}

function namespaceList(namespaces: readonly string[]): string {
    return namespaces.includes("*") ? "every namespace" : namespaces.join(", ");
}
