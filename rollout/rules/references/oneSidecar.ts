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
            const all = manifests.filter((one) => isOf([kind], one) && !hasTarget(one));
            return all.flatMap((one) => judge(one, all, manifests));
        });
    },
};

/** A Telemetry with targets applies to no other pods. */
function hasTarget({ spec }: Manifest): boolean {
    return ["targetRef", "targetRefs"].some((field) => at(spec, field) !== undefined);
}

function judge(
    manifest: Manifest,
    all: readonly Manifest[],
    manifests: readonly Manifest[],
): Finding[] {
    const { path, labels } = podSelectorOf(manifest);
    const name = resourceName(manifest);
    const others = all
        .filter((one) => namespaceOf(one) === namespaceOf(manifest) && resourceName(one) !== name)
        .map((one) => ({ one, overlaps: overlap(manifest, one, manifests) }));
    const rivals = others.filter(({ overlaps }) => overlaps === true);
    if (rivals.length > 0) {
        const names = [...new Set(rivals.map(({ one }) => resourceName(one)))].sort().join(", ");
        const expected = isGeneral(labels)
            ? `a selector, because ${names} has none either`
            : `labels of pods that ${names} does not select`;
        return [findingAt(manifest, path, labels, expected, FIX)];
    }
    if (!others.some(({ overlaps }) => overlaps === UNKNOWN)) return [];
    return [findingAt(manifest, path, UNKNOWN, `pods of no other ${manifest.kind}`, FIX)];
}

/** Whether a pod may have both. An object with a selector takes precedence over those without. */
function overlap(
    one: Manifest,
    two: Manifest,
    manifests: readonly Manifest[],
): boolean | typeof UNKNOWN {
    const [a, b] = [podSelectorOf(one).labels, podSelectorOf(two).labels];
    if (isGeneral(a) || isGeneral(b)) return isGeneral(a) && isGeneral(b);
    const [first, second] = [a, b].map((labels) =>
        workloadsWith(labels, namespaceOf(one), manifests),
    );
    if (first?.found.some((pod) => second?.found.includes(pod)) || isSame(a, b)) return true;
    return [a, b].some(isUnknown) && !areApart(a, b) ? UNKNOWN : false;
}

function isGeneral(labels: unknown): boolean {
    return labels === undefined || (isMapping(labels) && Object.keys(labels).length === 0);
}

/** Whether two selectors are equal, so that they select the same pods, also those of other programs. */
function isSame(one: unknown, two: unknown): boolean {
    if (!isMapping(one) || !isMapping(two)) return false;
    const keys = new Set([...Object.keys(one), ...Object.keys(two)]);
    return [...keys].every((key) => typeof one[key] === "string" && one[key] === two[key]);
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
