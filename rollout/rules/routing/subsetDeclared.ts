/** Rule: a route names only subsets that exist. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { type Routed, routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { HOST_KINDS } from "../lookup/hostPolicies";
import { destinationRuleOf, serviceOf } from "../lookup/subsets";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Declare it there, or correct the name: requests to a subset that is not declared end with 503.";

export const subsetDeclared: ProgramRule = {
    scope: "program",
    id: "subset-declared",
    group: "routing",
    description: "Every subset that a route names is declared by the DestinationRule of its host.",
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
        return [findingAt(virtualService, path, UNKNOWN, "a subset that is declared", FIX)];
    }
    const rule = destinationRuleOf(host, manifests);
    if (rule === undefined) {
        // A host of another program's is declared there.
        if (serviceOf(host, manifests) === undefined) return [];
        const expected = `a subset, once a DestinationRule declares the subsets of ${host}`;
        return [findingAt(virtualService, path, subset, expected, FIX)];
    }
    const subsets = at(rule, "spec", "subsets");
    const names = items(subsets).map(([, one]) => at(one, "name"));
    if (names.includes(subset)) return [];
    const unknown = subsets === UNKNOWN || names.includes(UNKNOWN);
    const known = items(subsets).flatMap(([, one]) => textAt(one, "name") ?? []);
    const expected = known.length > 0 ? `one of ${known.join(", ")}` : "none, none is declared";
    return [findingAt(virtualService, path, unknown ? UNKNOWN : subset, expected, FIX)];
}
