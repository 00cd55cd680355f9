/** Rule: a namespace says whether its pods join the mesh. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { NAMESPACE } from "../lookup/mesh/objectIndex";
import { INJECT, MESH_LABELS } from "../lookup/policies/injection";
import { namespaceOf } from "../lookup/resourceName";
import { WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import { type Manifest, ofKind, type ProgramRule } from "../rule";

/** Namespaces that Kubernetes or an installation of Istio creates. */
const SYSTEM = /^(kube|istio)-/;
const FIX =
    "Add the label, with disabled if the pods stay outside: otherwise the settings of the installation decide, by default for no sidecar.";

export const namespaceInjection: ProgramRule = {
    scope: "program",
    id: "namespace-injection",
    group: "identity",
    description: "A Namespace beside others of the mesh should say whether its pods join too.",
    severity: "advisory",
    preset: "recommended",
    kinds: [NAMESPACE, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        const namespaces = ofKind(NAMESPACE.kind, manifests);
        const example = namespaces.filter(isLabelled).map(nameOf).sort()[0];
        if (example === undefined) return [];
        const expected = `enabled or disabled, because Namespace ${example} has a label too`;
        return namespaces
            .filter((one) => !isLabelled(one) && !SYSTEM.test(nameOf(one)))
            .filter((one) => !podsDecide(nameOf(one), manifests))
            .map((one) => {
                const found = labelsOf(one).includes(UNKNOWN) ? UNKNOWN : undefined;
                return findingAt(one, 'metadata.labels["istio-injection"]', found, expected, FIX);
            });
    },
};

function nameOf(namespace: Manifest): string {
    return textAt(namespace, "metadata", "name") ?? "";
}

function labelsOf(namespace: Manifest): unknown[] {
    return MESH_LABELS.map((one) => at(namespace, "metadata", "labels", one));
}

function isLabelled(namespace: Manifest): boolean {
    return labelsOf(namespace).some((one) => typeof one === "string");
}

/** Whether each of the namespace's workloads has a label of its own. */
function podsDecide(namespace: string, manifests: readonly Manifest[]): boolean {
    const { all, labels } = workloadsIn(manifests);
    const own = all.filter((one) => namespaceOf(one) === namespace);
    return own.length > 0 && own.every((one) => at(labels.get(one), INJECT) !== undefined);
}
