/** Rule: a route names only declared subsets. */

import { annotationOf } from "../../config/names";
import { textAt, UNKNOWN } from "../../config/unknown";
import { type Routed, routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { HOST_KINDS } from "../lookup/hostPolicies";
import { hostRulesOf } from "../lookup/policies/destinationRules";
import { namespaceOf } from "../lookup/resourceName";
import { serviceOf } from "../lookup/subsets";
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
    const rules = hostRulesOf(host, manifests);
    if (rules.length === 0) {
        // Another program declares the subsets of its host.
        if (serviceOf(host, manifests) === undefined) return [];
        const expected = `a subset that a DestinationRule declares for ${host}`;
        const finding = findingAt(virtualService, path, subset, expected, FIX);
        return [
            isWhole(virtualService, host, manifests) ? finding : { ...finding, advisory: true },
        ];
    }
    // visible-subsets reports a rule that callers do not see.
    const known = rules.flatMap(({ subsets }) =>
        subsets.flatMap(({ value }) => textAt(value, "name") ?? []),
    );
    if (known.includes(subset)) return [];
    const unknown = rules.some(({ maybeMore }) => maybeMore);
    const expected =
        known.length > 0 ? `one of ${known.join(", ")}` : "no subset, because none is declared";
    return [findingAt(virtualService, path, unknown ? UNKNOWN : subset, expected, FIX)];
}

/** Whether the program has the DestinationRules of a host's namespace. Otherwise other files may have them. */
function isWhole(virtualService: Manifest, host: string, manifests: readonly Manifest[]): boolean {
    if (annotationOf(virtualService, "stable") !== undefined) return true;
    const namespace = host.split(".")[1];
    return manifests.some(
        (one) => one.kind === "DestinationRule" && namespaceOf(one) === namespace,
    );
}
