/** Rule: the subset of a mirror has pods. */

import { at, UNKNOWN } from "../../config/unknown";
import { routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { HOST_KINDS } from "../lookup/hostPolicies";
import { behind } from "../lookup/subsets";
import { WORKLOAD_KINDS } from "../lookup/workloads";
import type { ProgramRule } from "../rule";

const FIX =
    "Deploy the version first, or remove the mirror: Envoy drops the copies, so the test shows nothing.";

export const mirrorPods: ProgramRule = {
    scope: "program",
    id: "mirror-pods",
    group: "references",
    description: "The subset to which a route mirrors requests should have pods.",
    severity: "advisory",
    kinds: [...HOST_KINDS, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        return routedIn(manifests).flatMap(({ virtualService, path, host, subset, mirrors }) => {
            if (!mirrors || subset === undefined) return [];
            const finding = (found: unknown) =>
                findingAt(virtualService, `${path}.subset`, found, "a subset with pods", FIX);
            if (host === UNKNOWN || subset === UNKNOWN) return [finding(UNKNOWN)];
            const target = behind({ host, subset }, virtualService, manifests);
            // subset-declared reports a subset that no DestinationRule declares.
            if (target?.service === undefined || !target.subsets.has(subset)) return [];
            const { found, maybeMore, byCluster } = target.pods;
            // Without a selector, somebody else lists the endpoints.
            const selector = at(target.service, "spec", "selector");
            const isSelecting = Object.keys((selector as object | null) ?? {}).length > 0;
            if (found.length > 0 || byCluster || !isSelecting) return [];
            return [finding(maybeMore ? UNKNOWN : subset)];
        });
    },
};
