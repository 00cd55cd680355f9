/** Rule: a disruption budget lets nodes drain. */

import { at, isMapping, textOf, UNKNOWN } from "../../config/unknown";
import { AUTOSCALER_KINDS, scaledIn } from "../lookup/autoscalers";
import { findingAt } from "../lookup/findingAt";
import { matchesSelector } from "../lookup/labelSelector";
import { namespaceOf } from "../lookup/resourceName";
import { workloadsWith } from "../lookup/subsets";
import { isController, WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX =
    "Allow at least one eviction: otherwise no node with these pods can be drained or upgraded.";

export const disruptionBudget: ProgramRule = {
    scope: "program",
    id: "disruption-budget",
    group: "workload",
    description: "A PodDisruptionBudget should allow the eviction of at least one pod.",
    severity: "advisory",
    kinds: [
        { group: "policy", kind: "PodDisruptionBudget" },
        ...AUTOSCALER_KINDS,
        ...WORKLOAD_KINDS,
    ],
    options: {},
    check(manifests) {
        return ofKind("PodDisruptionBudget", manifests).flatMap((one) => judge(one, manifests));
    },
};

function judge(budget: Manifest, manifests: readonly Manifest[]): Finding[] {
    const most = at(budget, "spec", "maxUnavailable");
    if (most === 0 || most === "0%") {
        return [findingAt(budget, "spec.maxUnavailable", most, "at least 1", FIX)];
    }
    const least = at(budget, "spec", "minAvailable");
    const pods = podsOf(budget, manifests);
    if (pods === undefined || pods === 0) return [];
    const needed = countOf(least, pods);
    if (needed === undefined || needed < pods) return [];
    const expected = `less than the ${pods} ${pods === 1 ? "pod" : "pods"} that it selects`;
    return [findingAt(budget, "spec.minAvailable", least, expected, FIX)];
}

/** A percentage is rounded up (k8s.io/kubernetes/pkg/controller/disruption/disruption.go). */
function countOf(value: unknown, pods: number): number | undefined {
    if (typeof value === "number") return value;
    const [, percent] = /^(\d+)%$/.exec(textOf(value ?? "")) ?? [];
    return percent === undefined ? undefined : Math.ceil((Number(percent) / 100) * pods);
}

/** The number of pods that a budget selects. Undefined if it may change, or is not known. */
function podsOf(budget: Manifest, manifests: readonly Manifest[]): number | undefined {
    const selector = at(budget, "spec", "selector");
    if (!isMapping(selector)) return undefined;
    const { labels, controlled } = workloadsIn(manifests);
    const scaled = scaledIn(manifests);
    const wanted = at(selector, "matchLabels");
    const { found, maybeMore } = workloadsWith(wanted, namespaceOf(budget), manifests);
    const matches = found.map((one) => matchesSelector(selector, labels.get(one)));
    if (maybeMore || matches.includes(UNKNOWN)) return undefined;
    const selected = found.filter((_, place) => matches[place] === true);
    const isFixed = (one: Manifest) =>
        isController(one) && one.kind !== "DaemonSet" && !scaled.has(one) && !controlled.has(one);
    if (!selected.every(isFixed)) return undefined;
    const counts = selected.map((one) => at(one, "spec", "replicas") ?? 1);
    if (!counts.every((one) => typeof one === "number")) return undefined;
    return counts.reduce((sum, one) => sum + one, 0);
}
