/** Rule: every route to a split host names a subset. */

import { UNKNOWN } from "../../config/unknown";
import { type Routed, routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, ProgramRule } from "../rule";

const FIX =
    "Name the subset, with the same weights as in the other route: without a subset, every version gets its share by pod count.";

export const splitBypass: ProgramRule = {
    scope: "program",
    id: "split-bypass",
    group: "routing",
    description: "Every route to a host that is split by subsets must name a subset.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifests) {
        const receiving = routedIn(manifests).filter(({ weight }) => weight !== 0);
        const splits = splitHosts(receiving);
        return receiving.flatMap((one) => judge(one, splits));
    },
};

/** Subsets that routes name, and the first of these routes. */
interface Split {
    readonly subsets: ReadonlySet<string>;
    readonly route: Routed;
}

/** The engine lists objects in no fixed order. */
function byName(one: Routed, two: Routed): number {
    return resourceName(one.virtualService) < resourceName(two.virtualService) ? -1 : 1;
}

/** Mirrored requests get no answer, so they split nothing. */
function splitHosts(routed: readonly Routed[]): Map<string, Split> {
    const splits = new Map<string, { subsets: Set<string>; route: Routed }>();
    for (const one of [...routed].sort(byName)) {
        if (one.mirrors || one.host === UNKNOWN || typeof one.subset !== "string") continue;
        const split = splits.get(one.host) ?? { subsets: new Set<string>(), route: one };
        split.subsets.add(one.subset);
        splits.set(one.host, split);
    }
    return splits;
}

function judge(routed: Routed, splits: ReadonlyMap<string, Split>): Finding[] {
    const { virtualService, host, subset, mirrors, path } = routed;
    if (mirrors || host === UNKNOWN || (subset !== undefined && subset !== UNKNOWN)) return [];
    const split = splits.get(host);
    if (split === undefined) return [];
    const names = [...split.subsets].sort();
    const expected = `a subset of ${host}, as in ${resourceName(split.route.virtualService)} (${names.join(", ")})`;
    const finding = findingAt(virtualService, `${path}.subset`, subset, expected, FIX);
    // With one subset, its pods may be all pods of the host.
    return [names.length > 1 ? finding : { ...finding, advisory: true }];
}
