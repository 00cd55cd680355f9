/** Rule: one Sidecar and one Telemetry apply to a pod. */

import { at, isMapping, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { podSelectorOf, SIDECAR, TELEMETRY } from "../lookup/policies/podSelectors";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { workloadsWith } from "../lookup/subsets";
import { WORKLOAD_KINDS } from "../lookup/workloads";
import { type Finding, isOf, type Manifest, type ProgramRule } from "../rule";

const FIX =
    "Merge the objects, or select other pods: Istio applies only one of them to a pod, and ignores the rest.";

export const oneSidecar: ProgramRule = {
    scope: "program",
    id: "one-sidecar",
    group: "references",
    description: "A pod should have one Sidecar and one Telemetry.",
    severity: "advisory",
    kinds: [SIDECAR, TELEMETRY, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        return [SIDECAR, TELEMETRY].flatMap((kind) => {
            const groups = new Map<string, Manifest[]>();
            for (const one of manifests.filter((each) => isOf([kind], each) && !hasTarget(each))) {
                const namespace = namespaceOf(one);
                groups.set(namespace, [...(groups.get(namespace) ?? []), one]);
            }
            return [...groups.values()].flatMap((group) => judge(group, manifests));
        });
    },
};

/** A Telemetry with targets applies to no other pods. */
function hasTarget({ spec }: Manifest): boolean {
    return ["targetRef", "targetRefs"].some((field) => at(spec, field) !== undefined);
}

/** @param group objects of one kind and namespace */
function judge(group: readonly Manifest[], manifests: readonly Manifest[]): Finding[] {
    const all = group.map((one) => {
        const { path, labels } = podSelectorOf(one);
        return { one, path, labels, places: placesOf(labels, one, manifests) };
    });
    const unclear = group.filter((one) => isUnknown(podSelectorOf(one).labels));
    const holders = new Map<string, Manifest[]>();
    for (const { one, places } of all) {
        for (const place of places) holders.set(place, [...(holders.get(place) ?? []), one]);
    }
    return all.flatMap(({ one, path, labels, places }): Finding[] => {
        const name = resourceName(one);
        const isOther = (each: Manifest) => resourceName(each) !== name;
        const rivals = places.flatMap((place) => (holders.get(place) ?? []).filter(isOther));
        if (rivals.length > 0) {
            const names = [...new Set(rivals.map(resourceName))].sort().join(", ");
            const expected = isGeneral(labels)
                ? `a selector, because ${names} has none either`
                : `labels of pods that ${names} does not select`;
            return [findingAt(one, path, labels, expected, FIX)];
        }
        const others = isUnknown(labels) ? group : unclear;
        if (!others.some((each) => isOther(each) && mayOverlap(one, each))) return [];
        return [findingAt(one, path, UNKNOWN, `pods of no other ${one.kind}`, FIX)];
    });
}

/** What only one object may have: a pod, a selector, or all pods that no selector has. An object with a selector takes precedence. */
function placesOf(labels: unknown, one: Manifest, manifests: readonly Manifest[]): string[] {
    if (isGeneral(labels)) return ["all"];
    const { found } = workloadsWith(labels, namespaceOf(one), manifests);
    const pods = found.map((pod) => `pod ${resourceName(pod)}`);
    // Equal selectors select the same pods, also those of other programs.
    return isUnknown(labels) || !isMapping(labels)
        ? pods
        : [...pods, `labels ${JSON.stringify(Object.entries(labels).sort())}`];
}

/** Whether a pod may have both, of which one is not known. */
function mayOverlap(one: Manifest, two: Manifest): boolean {
    const [a, b] = [podSelectorOf(one).labels, podSelectorOf(two).labels];
    return !isGeneral(a) && !isGeneral(b) && !areApart(a, b);
}

function isGeneral(labels: unknown): boolean {
    return labels === undefined || (isMapping(labels) && Object.keys(labels).length === 0);
}

function isUnknown(labels: unknown): boolean {
    return labels === UNKNOWN || Object.values(labels ?? {}).includes(UNKNOWN);
}

/** Whether two selectors have different values for one key, so that no pod has both. */
function areApart(one: unknown, two: unknown): boolean {
    return Object.entries(one ?? {}).some(([key, value]) => {
        const other = at(two, key);
        return typeof value === "string" && typeof other === "string" && value !== other;
    });
}
