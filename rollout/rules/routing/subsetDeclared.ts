/** Rule: a route names only declared subsets. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { type Routed, routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { HOST_KINDS } from "../lookup/hostPolicies";
import { destinationRuleOf, serviceOf } from "../lookup/subsets";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Declare the subset, or correct the name: requests to an undeclared subset fail with 503.";

export const subsetDeclared: ProgramRule = {
    scope: "program",
    id: "subset-declared",
    group: "routing",
    description:
        "Every subset that a route names must be declared in the DestinationRule of its host.",
    severity: "mandatory",
    kinds: HOST_KINDS,
    options: {},
    check: (manifests) => routedIn(manifests).flatMap((routed) => judge(routed, manifests)),
};

function judge(routed: Routed, manifests: readonly Manifest[]): Finding[] {
    const { virtualService, host, subset } = routed;
    const path = `${routed.path}.subset`;
    if (subset === undefined) return [];
    if (subset === UNKNOWN || host === UNKNOWN) {
        return [findingAt(virtualService, path, UNKNOWN, "a declared subset", FIX)];
    }
    const rule = destinationRuleOf(host, manifests);
    if (rule === undefined) {
        // Another program declares the subsets of its host.
        if (serviceOf(host, manifests) === undefined) return [];
        const expected = `a subset that a DestinationRule declares for ${host}`;
        return [findingAt(virtualService, path, subset, expected, FIX)];
    }
    const subsets = at(rule, "spec", "subsets");
    const names = items(subsets).map(([, one]) => at(one, "name"));
    if (names.includes(subset)) return [];
    const unknown = subsets === UNKNOWN || names.includes(UNKNOWN);
    const known = items(subsets).flatMap(([, one]) => textAt(one, "name") ?? []);
    const expected =
        known.length > 0 ? `one of ${known.join(", ")}` : "no subset, because none is declared";
    return [findingAt(virtualService, path, unknown ? UNKNOWN : subset, expected, FIX)];
}
