/** Rule: the pods of a Gateway exist, and a Service has its ports. */

import { at, isMapping, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { GATEWAY, serversOf } from "../lookup/mesh/gateways";
import { objectIndex } from "../lookup/mesh/objectIndex";
import { SERVICE } from "../lookup/mesh/registry";
import { misspelled } from "../lookup/mesh/typo";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Add the port to the Service, or correct the Gateway: callers do not reach other ports.";
const SELECTOR_FIX =
    "Correct the labels: without pods, nothing listens at the ports of the Gateway.";

export const gatewayWorkload: ProgramRule = {
    scope: "program",
    id: "gateway-workload",
    group: "gateways",
    description: "The pods of a Gateway should exist, and their Service should have its ports.",
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
    if (pods.length === 0) return missingPods(gateway, selector, manifests);
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

/** Another program may have the pods, unless pods of this one differ only by a key or a misspelled value. */
function missingPods(
    gateway: Manifest,
    selector: unknown,
    manifests: readonly Manifest[],
): Finding[] {
    if (!isMapping(selector) || Object.keys(selector).length === 0) return [];
    const similar = [...workloadsIn(manifests).labels]
        .filter(([, labels]) => isSimilar(selector, labels))
        .map(([workload]) => resourceName(workload))
        .sort()[0];
    if (similar === undefined) return [];
    const expected = `labels of pods, such as those of ${similar}`;
    return [findingAt(gateway, "spec.selector", selector, expected, SELECTOR_FIX)];
}

function isSimilar(selector: Record<string, unknown>, labels: unknown): boolean {
    if (!isMapping(labels)) return false;
    const values = Object.values(labels).filter((one) => typeof one === "string");
    return Object.entries(selector).every(([key, value]) => {
        const own = labels[key];
        if (typeof own === "string") {
            return own === value || misspelled(textOf(value), [own]) !== undefined;
        }
        return own === undefined && values.includes(value as string);
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
