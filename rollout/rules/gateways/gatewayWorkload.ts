/** Rule: the pods of a Gateway exist, and a Service has its ports. */

import { at, isMapping, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { GATEWAY, serversOf } from "../lookup/mesh/gateways";
import { objectIndex } from "../lookup/mesh/objectIndex";
import { SERVICE } from "../lookup/mesh/registry";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Add the port to the Service, or correct the Gateway: callers do not reach other ports.";

export const gatewayWorkload: ProgramRule = {
    scope: "program",
    id: "gateway-workload",
    group: "gateways",
    description: "The Service of a Gateway's pods should have the ports of the Gateway.",
    severity: "advisory",
    kinds: [GATEWAY, SERVICE, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        return objectIndex(manifests)
            .all(GATEWAY)
            .flatMap((gateway) => judge(gateway, manifests));
    },
};

/** The pods and Services of other programs are not known. */
function judge(gateway: Manifest, manifests: readonly Manifest[]): Finding[] {
    const selector = at(gateway, "spec", "selector");
    const { labels } = workloadsIn(manifests);
    const pods = [...labels].filter(([, own]) => hasLabels(own, selector));
    const services = pods.flatMap(([workload, own]) =>
        objectIndex(manifests)
            .within(SERVICE, namespaceOf(workload))
            .filter((one) => hasLabels(own, at(one, "spec", "selector"))),
    );
    if (services.length === 0) return [];
    const ports = services.flatMap(listeningPorts);
    const names = [...new Set(services.map(resourceName))].sort().join(", ");
    const expected = `a port of ${names} (${ports
        .filter((one) => one !== UNKNOWN)
        .map(textOf)
        .join(", ")})`;
    return serversOf(gateway).flatMap(({ path, port }) => {
        if (port === undefined || ports.includes(port)) return [];
        const found = ports.includes(UNKNOWN) ? UNKNOWN : port;
        return [findingAt(gateway, `${path}.port.number`, found, expected, FIX)];
    });
}

/** A Gateway may name the Service's port or its target port. */
function listeningPorts(service: Manifest): unknown[] {
    const ports = at(service, "spec", "ports");
    if (ports === UNKNOWN) return [UNKNOWN];
    return items(ports)
        .filter(([, port]) => textAt(port, "protocol") !== "UDP")
        .flatMap(([, port]) => [at(port, "port"), at(port, "targetPort")])
        .filter((one) => typeof one === "number" || one === UNKNOWN);
}

function hasLabels(labels: unknown, selector: unknown): boolean {
    if (!isMapping(selector) || Object.keys(selector).length === 0) return false;
    return Object.entries(selector).every(([key, value]) => at(labels, key) === value);
}
