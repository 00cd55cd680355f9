/** Rule: Services of the same pods agree whether a port is HTTP. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { SERVICE } from "../lookup/mesh/registry";
import { isHttp, isTcp } from "../lookup/portProtocols";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { workloadsWith } from "../lookup/subsets";
import { WORKLOAD_KINDS } from "../lookup/workloads";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX =
    "Declare one protocol in both Services: the sidecar of the pods has one listener for this port, with the protocol of one of them.";

export const podProtocol: ProgramRule = {
    scope: "program",
    id: "pod-protocol",
    group: "ports",
    description:
        "Services of the same pods should declare the same protocol for a port of the pods.",
    severity: "advisory",
    kinds: [SERVICE, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        const found = [...servicesByPod(manifests)].flatMap(([pod, services]) =>
            services.flatMap((one) =>
                services.flatMap((other) => (one === other ? [] : judge(one, other, pod))),
            ),
        );
        // A port may differ from those of several Services, for the pods of several versions.
        const first = new Map<string, Finding>();
        for (const one of found.sort((a, b) => (a.expected < b.expected ? -1 : 1))) {
            const place = `${one.resource} ${one.path}`;
            if (!first.has(place)) first.set(place, one);
        }
        return [...first.values()];
    },
};

function servicesByPod(manifests: readonly Manifest[]): ReadonlyMap<Manifest, Manifest[]> {
    const services = new Map<Manifest, Manifest[]>();
    for (const one of ofKind(SERVICE.kind, manifests)) {
        const selector = at(one, "spec", "selector");
        for (const pod of workloadsWith(selector, namespaceOf(one), manifests).found) {
            services.set(pod, [...(services.get(pod) ?? []), one]);
        }
    }
    return services;
}

/** TCP ports of a Service that are HTTP in the other one. */
function judge(service: Manifest, other: Manifest, pod: Manifest): Finding[] {
    const others = portsOf(other).filter(({ port }) => isHttp(port) === true);
    return portsOf(service).flatMap(({ index, port }) => {
        const isUnknown = isHttp(port) === UNKNOWN;
        if (!isTcp(port) && !isUnknown) return [];
        if (!others.some((one) => targetOf(one.port) === targetOf(port))) return [];
        const field = at(port, "appProtocol") === undefined ? "name" : "appProtocol";
        const path = `spec.ports[${index}].${field}`;
        const expected = `HTTP, as ${resourceName(other)} declares for this port of ${resourceName(pod)}`;
        return [findingAt(service, path, isUnknown ? UNKNOWN : at(port, field), expected, FIX)];
    });
}

function portsOf(service: Manifest): { index: number; port: unknown }[] {
    return items(at(service, "spec", "ports"))
        .map(([index, port]) => ({ index, port }))
        .filter(({ port }) => at(port, "protocol") !== "UDP");
}

function targetOf(port: unknown): unknown {
    return at(port, "targetPort") ?? at(port, "port");
}
