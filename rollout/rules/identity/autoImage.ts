/** Rule: pods with `image: auto` get the image from sidecar injection. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { NAMESPACE } from "../lookup/mesh/objectIndex";
import { missingProxy } from "../lookup/policies/injection";
import { podTemplateOf, podTemplatePath, WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

const EXPECTED = 'an image, or pods with the label sidecar.istio.io/inject: "true"';
const FIX = "Set the label: without injection, the kubelet tries to pull an image called auto.";

export const autoImage: ProgramRule = {
    scope: "program",
    id: "auto-image",
    group: "identity",
    description: "Pods of a proxy with the image auto should have sidecar injection.",
    severity: "advisory",
    kinds: [...WORKLOAD_KINDS, NAMESPACE],
    options: {},
    check(manifests) {
        return workloadsIn(manifests).all.flatMap((workload) => judge(workload, manifests));
    },
};

function judge(workload: Manifest, manifests: readonly Manifest[]): Finding[] {
    const template = podTemplateOf(workload);
    const auto = items(at(template, "spec", "containers")).find(
        ([, one]) => at(one, "name") === "istio-proxy" && at(one, "image") === "auto",
    );
    if (auto === undefined || at(template, "metadata", "labels", "istio.io/rev") !== undefined) {
        return [];
    }
    const missing = missingProxy(workload, manifests);
    if (missing === undefined) return [];
    const isUnknown = missing !== "unknown" && missing.found === UNKNOWN;
    const path = `${podTemplatePath(workload)}spec.containers[${auto[0]}].image`;
    return [findingAt(workload, path, isUnknown ? UNKNOWN : "auto", EXPECTED, FIX)];
}
