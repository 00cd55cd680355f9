/** Rule: a pod belongs to one subset. */

import { UNKNOWN } from "../../config/unknown";
import { type Routed, routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Split, SUBSET_KINDS, splitsIn, subsetsOf, workloadsWith } from "../lookup/subsets";
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
        const routed = routedIn(manifests);
        return splitsIn(manifests).flatMap((split) => judge(split, routed, manifests));
    },
};

function judge(
    { rule, host, namespace, service }: Split,
    routed: readonly Routed[],
    manifests: readonly Manifest[],
): Finding[] {
    const subsets = [...subsetsOf(rule, service)]
        .map(([name, labels], index) => ({
            name,
            labels,
            index,
            pods: workloadsWith(labels, namespace, manifests),
        }))
        .filter(({ name }) => !getsCopiesOnly(host, name, routed));
    return subsets.flatMap(({ labels, index, pods }, place) => {
        const path = `spec.subsets[${index}].labels`;
        const before = subsets.slice(0, place);
        const expected = (name: string) => `labels that the pods of subset ${name} do not have`;
        const [shared] = before.flatMap((one) =>
            one.pods.found
                .filter((pod) => pods.found.includes(pod))
                .map((pod) => ({ name: one.name, pod })),
        );
        if (shared !== undefined) {
            const fix = `${FIX} Both match ${resourceName(shared.pod)}.`;
            return [findingAt(rule, path, labels, expected(shared.name), fix)];
        }
        const [first] = before;
        if (first === undefined || labels !== UNKNOWN) return [];
        return [findingAt(rule, path, UNKNOWN, expected(first.name), FIX)];
    });
}

/** A subset that only mirrors name has no weight. It gives mirrored requests their own limits. */
function getsCopiesOnly(host: string, subset: string, routed: readonly Routed[]): boolean {
    const here = routed.filter((one) => one.host === host && one.subset === subset);
    return here.length > 0 && here.every(({ path }) => /\.mirrors?(\[|$)/.test(path));
}
