/** Rule: a container declares each targetPort of its Service. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { workloadsWith } from "../lookup/subsets";
import { podTemplateOf, WORKLOAD_KINDS } from "../lookup/workloads";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const targetPort: ProgramRule = {
    scope: "program",
    id: "target-port",
    group: "ports",
    description: "Every targetPort of a Service must be a port that its pods declare.",
    severity: "mandatory",
    kinds: [{ group: "", kind: "Service" }, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        return ofKind("Service", manifests).flatMap((service) => {
            const selector = at(service, "spec", "selector");
            const pods = workloadsWith(selector, namespaceOf(service), manifests).found;
            return pods.flatMap((workload) => judge(service, workload));
        });
    },
};

function judge(service: Manifest, workload: Manifest): Finding[] {
    const template = podTemplateOf(workload);
    // A WorkloadEntry maps ports itself, and Flagger copies the ports of its target.
    if (template === undefined) return [];
    const containers = ["containers", "initContainers"].flatMap((list) =>
        items(at(template, "spec", list)),
    );
    const lists = containers.map(([, container]) => at(container, "ports"));
    const declared = lists.flatMap((list) => items(list).map(([, port]) => port));
    const names = declared.map((port) => at(port, "name"));
    const numbers = declared.map((port) => at(port, "containerPort"));
    return items(at(service, "spec", "ports")).flatMap(([index, port]) => {
        const target = at(port, "targetPort") ?? at(port, "port");
        const values: unknown[] = typeof target === "string" ? names : numbers;
        // If no container declares ports, any number may be correct.
        if (values.includes(target) || (typeof target === "number" && declared.length === 0))
            return [];
        const unknown = [target, ...lists, ...values].includes(UNKNOWN);
        const known = values.filter((one) => one !== undefined && one !== UNKNOWN);
        const expected = `a port that ${resourceName(workload)} declares (${known.map(textOf).join(", ") || "none"})`;
        const path = `spec.ports[${index}].targetPort`;
        const fix =
            "Use a port that the pods of every version declare: requests to any other port fail with 503.";
        const finding = findingAt(service, path, unknown ? UNKNOWN : target, expected, fix);
        // Kubernetes resolves a name only if a container declares it. A number works without a declaration.
        return [typeof target === "number" ? { ...finding, advisory: true } : finding];
    });
}
