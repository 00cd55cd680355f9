/** Rule: a pod belongs to one subset. */

import { isMapping, UNKNOWN } from "../../config/unknown";
import { type Routed, routedByHost } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Split, SUBSET_KINDS, splitsIn, subsetsOf, workloadsWith } from "../lookup/subsets";
import { isRolloutSubset } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Give each subset a label that only its pods have: with shared pods, the weights do not decide the split.";

export const subsetOverlap: ProgramRule = {
    scope: "program",
    id: "subset-overlap",
    group: "routing",
    description: "A pod must not belong to two subsets of a host that receive requests.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        const routed = routedByHost(manifests);
        return splitsIn(manifests).flatMap((split) =>
            judge(split, routed.get(split.host) ?? [], manifests),
        );
    },
};

function judge(
    { hostRule, namespace, service }: Split,
    here: readonly Routed[],
    manifests: readonly Manifest[],
): Finding[] {
    const subsets = subsetsOf(hostRule, service)
        // Argo Rollouts adds the hash of the pods to the labels.
        .filter(({ rule, name }) => !isRolloutSubset(rule, name, manifests))
        .filter(({ name }) => !getsCopiesOnly(name, here))
        .map((one) => ({ ...one, pods: workloadsWith(one.labels, namespace, manifests) }));
    return subsets.flatMap(({ rule, path, name, labels, own, pods }, place) => {
        const before = subsets
            .slice(0, place)
            .filter((one) => sharesRoute(name, one.name, here) || !isPartOf(own, one.own));
        const expected = (other: string) => `labels that the pods of subset ${other} do not have`;
        const at = `${path}.labels`;
        const [shared] = before.flatMap((one) =>
            one.pods.found
                .filter((pod) => pods.found.includes(pod))
                .map((pod) => ({ name: one.name, pod })),
        );
        if (shared !== undefined) {
            const fix = `${FIX} Both match ${resourceName(shared.pod)}.`;
            return [findingAt(rule, at, labels, expected(shared.name), fix)];
        }
        const [first] = before;
        if (first === undefined || labels !== UNKNOWN) return [];
        return [findingAt(rule, at, UNKNOWN, expected(first.name), FIX)];
    });
}

/** Whether one route sends requests to both subsets. */
function sharesRoute(one: string, two: string, routed: readonly Routed[]): boolean {
    const routes = (subset: string) =>
        routed
            .filter((each) => each.subset === subset)
            .map(({ virtualService, path }) => `${resourceName(virtualService)} ${routeOf(path)}`);
    const others = routes(two);
    return routes(one).some((route) => others.includes(route));
}

/** "spec.http[0]" */
function routeOf(path: string): string {
    return /^spec\.\w+\[\d+\]/.exec(path)?.[0] ?? path;
}

/**
 * Whether one subset selects all pods of the other, as a subset without labels does. In routes of their own, such
 * subsets give the same pods different policies.
 */
function isPartOf(one: unknown, two: unknown): boolean {
    if (!isMapping(one) || !isMapping(two)) return false;
    const has = (all: Record<string, unknown>, some: Record<string, unknown>) =>
        Object.entries(some).every(([key, value]) => all[key] === value);
    return has(one, two) || has(two, one);
}

/** A subset that only mirrors name has no weight. It gives mirrored requests their own limits. */
function getsCopiesOnly(subset: string, routed: readonly Routed[]): boolean {
    const here = routed.filter((one) => one.subset === subset);
    return here.length > 0 && here.every(({ path }) => /\.mirrors?(\[|$)/.test(path));
}
