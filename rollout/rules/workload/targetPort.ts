/** Rule: a container declares each targetPort of its Service. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { workloadsWith } from "../lookup/subsets";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const targetPort: ProgramRule = {
    scope: "program",
    id: "target-port",
    group: "workload",
    description: "Every targetPort of a Service must be a port that its pods declare.",
    severity: "mandatory",
    kinds: [
        { group: "", kind: "Service" },
        { group: "apps", kind: "Deployment" },
        { group: "apps", kind: "StatefulSet" },
    ],
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
    const containers = items(at(workload, "spec", "template", "spec", "containers"));
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
        const expected = `a port that ${resourceName(workload)} declares (${known.join(", ") || "none"})`;
        const path = `spec.ports[${index}].targetPort`;
        const fix =
            "Use a port that the pods of every version declare: requests to any other port fail with 503.";
        const finding = findingAt(service, path, unknown ? UNKNOWN : target, expected, fix);
        // Kubernetes resolves a name only if a container declares it. A number works without a declaration.
        return [typeof target === "number" ? { ...finding, advisory: true } : finding];
    });
}
