/** Rule: whoever sees a route sees the subsets that it names. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { fullHost, namespaceOf, resourceName } from "../lookup/names";
import { destinationsOf, VIRTUAL_SERVICE } from "../lookup/routes";
import { destinationRuleOf } from "../lookup/subsets";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const visibleSubsets: ProgramRule = {
    scope: "program",
    id: "visible-subsets",
    group: "routing",
    description: "A DestinationRule is visible wherever a route to its subsets is.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, { group: "networking.istio.io", kind: "DestinationRule" }],
    options: {
        rootNamespace: {
            type: "string",
            description: "Namespace whose DestinationRules hold for the whole mesh.",
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

/** Hosts, in full, of which the routes name a subset. */
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
    const seen = visibleIn(route);
    const known = visibleIn(rule);
    if (seen === UNKNOWN || known === UNKNOWN) {
        const expected = `what ${resourceName(route)} says`;
        return [{ ...about, found: UNKNOWN, expected, fix: "The update itself judges it." }];
    }
    const here = namespaceOf(rule);
    // Istio looks for a host's rule in the client's namespace, in the service's, and in the root; nowhere else.
    const home = host.endsWith(".svc.cluster.local") ? host.split(".")[1] : here;
    if (here !== home && here !== rootNamespace) {
        if (seen.every((namespace) => namespace === here)) return [];
        return [
            {
                resource: resourceName(rule),
                path: "metadata.namespace",
                found: here,
                expected: `${home}, the namespace of ${host}, because ${resourceName(route)} is visible in ${said(seen)}`,
                fix: "Move it there: clients elsewhere never look for it here, and get 503 from the route.",
            },
        ];
    }
    if (known.includes("*") || seen.every((namespace) => known.includes(namespace))) return [];
    return [
        {
            ...about,
            found: at(rule, "spec", "exportTo"),
            expected: `at least ${said(seen)}, as ${resourceName(route)} has it`,
            fix: "Give both the same: a client that sees the route but not its subsets gets 503.",
        },
    ];
}

/** Namespaces that an object is exported to; left out is everywhere. */
function visibleIn(manifest: Manifest): string[] | typeof UNKNOWN {
    const exportTo = at(manifest, "spec", "exportTo");
    const names = items(exportTo).map(([, name]) => name);
    if (exportTo === UNKNOWN || names.includes(UNKNOWN)) return UNKNOWN;
    if (names.length === 0) return ["*"];
    return names.map((name) => (name === "." ? namespaceOf(manifest) : String(name)));
}

function said(namespaces: readonly string[]): string {
    return namespaces.includes("*") ? "every namespace" : namespaces.join(", ");
}
