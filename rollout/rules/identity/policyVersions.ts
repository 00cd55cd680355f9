/** Rule: a policy applies to all versions of an app. */

import { at, isMapping, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { ROOT_NAMESPACE } from "../lookup/policies/destinationRules";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { SPLIT_KINDS } from "../lookup/routes";
import { SUBSET_KINDS, workloadsWith } from "../lookup/subsets";
import { versionsIn } from "../lookup/versions";
import { workloadsIn } from "../lookup/workloads";
import type { Finding, Kind, Manifest, ProgramRule } from "../rule";

/** By where they have the labels of the pods. */
const WITH_SELECTOR: readonly Kind[] = [
    { group: "security.istio.io", kind: "AuthorizationPolicy" },
    { group: "security.istio.io", kind: "PeerAuthentication" },
    { group: "security.istio.io", kind: "RequestAuthentication" },
    { group: "telemetry.istio.io", kind: "Telemetry" },
    { group: "extensions.istio.io", kind: "WasmPlugin" },
];
const WITH_WORKLOAD_SELECTOR: readonly Kind[] = [
    { group: "networking.istio.io", kind: "EnvoyFilter" },
    { group: "networking.istio.io", kind: "Sidecar" },
];
const FIX =
    "Use a label that all versions share, such as `app`: as it is, requests to the other version are treated differently.";

export const policyVersions: ProgramRule = {
    scope: "program",
    id: "policy-versions",
    group: "identity",
    description: "A policy for the pods of one version should apply to those of every version.",
    severity: "advisory",
    kinds: [...WITH_SELECTOR, ...WITH_WORKLOAD_SELECTOR, ...SPLIT_KINDS, ...SUBSET_KINDS],
    options: {},
    check(manifests) {
        const policies = manifests.flatMap((one) => policyOf(one, manifests));
        if (policies.length === 0) return [];
        return versionsIn(manifests).flatMap((versions): Finding[] => {
            const pods = [...new Set(versions.flatMap(({ workloads }) => workloads))];
            return policies.flatMap((policy) => {
                const left = pods.filter((one) => !policy.selected.has(one));
                const [first] = left;
                if (first === undefined || left.length === pods.length) return [];
                const others = policies.filter((one) => one.sort === policy.sort);
                if (left.every((pod) => others.some(({ selected }) => selected.has(pod)))) {
                    return [];
                }
                const expected = `labels that ${resourceName(first)} has too, or another ${policy.object.kind} for it`;
                return [findingAt(policy.object, policy.path, policy.labels, expected, FIX)];
            });
        });
    },
};

interface Policy {
    readonly object: Manifest;
    readonly path: string;
    readonly labels: object;
    readonly selected: ReadonlySet<Manifest>;
    /** Policies of one sort can stand for each other: kind and action. */
    readonly sort: string;
}

function policyOf(object: Manifest, manifests: readonly Manifest[]): Policy[] {
    const group = object.apiVersion.split("/")[0];
    const isOneOf = (kinds: readonly Kind[]) =>
        kinds.some((one) => one.kind === object.kind && one.group === group);
    const path = isOneOf(WITH_SELECTOR)
        ? "spec.selector.matchLabels"
        : isOneOf(WITH_WORKLOAD_SELECTOR)
          ? "spec.workloadSelector.labels"
          : undefined;
    if (path === undefined) return [];
    const labels = at(object, ...path.split("."));
    if (!isMapping(labels) || Object.keys(labels).length === 0) return [];
    if (Object.values(labels).includes(UNKNOWN)) return [];
    const own = namespaceOf(object);
    const namespaces = own === ROOT_NAMESPACE ? [...workloadsIn(manifests).namespaces] : [own];
    const lists = namespaces.map((one) => workloadsWith(labels, one, manifests));
    if (lists.some(({ byCluster, maybeMore }) => byCluster || maybeMore)) return [];
    const selected = new Set(lists.flatMap(({ found }) => found));
    const action = textAt(object, "spec", "action") ?? "ALLOW";
    return [{ object, path, labels, selected, sort: `${object.kind} ${action}` }];
}
