/** Rule: something listens where the Service sends requests. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf, resourceName } from "../lookup/names";
import { workloadsWith } from "../lookup/subsets";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

export const targetPort: ProgramRule = {
    scope: "program",
    id: "target-port",
    group: "workload",
    description: "Every targetPort of a Service is a port that its pods declare.",
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
        // A container that declares no ports says nothing of its numbers.
        if (values.includes(target) || (typeof target === "number" && declared.length === 0))
            return [];
        const unknown = [target, ...lists, ...values].includes(UNKNOWN);
        const known = values.filter((one) => one !== undefined && one !== UNKNOWN);
        const expected = `a port of ${resourceName(workload)}: ${known.join(", ") || "it declares none"}`;
        const path = `spec.ports[${index}].targetPort`;
        const fix =
            "Name a port that the pods of every version declare: requests to any other end with 503.";
        const finding = findingAt(service, path, unknown ? UNKNOWN : target, expected, fix);
        // Kubernetes finds a port by name only where it is declared; a number works undeclared too.
        return [typeof target === "number" ? { ...finding, advisory: true } : finding];
    });
}
