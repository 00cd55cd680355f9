/** Rule: the backends of Gateway API routes exist. */

import { at, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { type Backend, backendsOf, REFERENCE_GRANT, ROUTE_KINDS } from "../lookup/mesh/gatewayApi";
import { hasNamespace, namesOf, objectIndex } from "../lookup/mesh/objectIndex";
import { portsOf, SERVICE } from "../lookup/mesh/registry";
import { misspelled } from "../lookup/mesh/typo";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Correct the reference: the Gateway answers 500 for requests to a backend that it cannot resolve.";

export const backendService: ProgramRule = {
    scope: "program",
    id: "backend-service",
    group: "references",
    description: "Every backend of a Gateway API route must be a Service with this port.",
    severity: "mandatory",
    kinds: [...ROUTE_KINDS, SERVICE, REFERENCE_GRANT],
    options: {},
    check(manifests) {
        const index = objectIndex(manifests);
        return ROUTE_KINDS.flatMap((kind) => index.all(kind)).flatMap((route) =>
            backendsOf(route)
                .filter(({ group, kind }) => group === "" && kind === "Service")
                .flatMap((backend) => [
                    ...judge(route, backend, manifests),
                    ...ungranted(route, backend, manifests),
                ]),
        );
    },
};

function judge(route: Manifest, backend: Backend, manifests: readonly Manifest[]): Finding[] {
    const { path, name, namespace, port } = backend;
    const finding = (field: string, found: unknown, expected: string) =>
        findingAt(route, `${path}.${field}`, found, expected, FIX);
    if (name === UNKNOWN) return [finding("name", UNKNOWN, "the name of a Service")];
    if (typeof name !== "string") return [];
    const noPort = port === undefined ? [finding("port", port, "a port of the Service")] : [];
    const index = objectIndex(manifests);
    const service = index.named(SERVICE, namespace, name);
    if (service !== undefined) {
        const ports = portsOf(service);
        const numbers = ports === UNKNOWN ? [UNKNOWN] : ports.map(({ number }) => number);
        if (port === undefined || numbers.length === 0 || numbers.includes(port)) return noPort;
        const found = port === UNKNOWN || numbers.includes(UNKNOWN) ? UNKNOWN : port;
        const known = numbers
            .filter((one) => one !== UNKNOWN)
            .map(textOf)
            .join(", ");
        return [finding("port", found, `a port of ${resourceName(service)} (${known})`)];
    }
    const known = namesOf(index.within(SERVICE, namespace));
    const meant = misspelled(name, known);
    if (meant !== undefined) {
        return [...noPort, finding("name", name, `a Service of ${namespace}, such as ${meant}`)];
    }
    if (known.length === 0) return noPort;
    // Another program may have the Service.
    const expected = `a Service of ${namespace} (${[...known].sort().slice(0, 5).join(", ")})`;
    return [...noPort, { ...finding("name", name, expected), advisory: true }];
}

/** A Service in another namespace whose ReferenceGrants are in the program, and none of them allows the route. */
function ungranted(route: Manifest, backend: Backend, manifests: readonly Manifest[]): Finding[] {
    const { path, namespace, name } = backend;
    if (namespace === namespaceOf(route) || !hasNamespace(route)) return [];
    const grants = objectIndex(manifests).within(REFERENCE_GRANT, namespace);
    if (grants.some((grant) => allows(grant, route, name))) return [];
    const expected = `${namespaceOf(route)}, or a ReferenceGrant in ${namespace} for ${route.kind}s of ${namespaceOf(route)}`;
    const finding = findingAt(route, `${path}.namespace`, namespace, expected, FIX);
    return [grants.length > 0 ? finding : { ...finding, advisory: true }];
}

function allows(grant: Manifest, route: Manifest, name: unknown): boolean {
    const from = items(at(grant, "spec", "from")).some(
        ([, one]) => at(one, "kind") === route.kind && at(one, "namespace") === namespaceOf(route),
    );
    const to = items(at(grant, "spec", "to")).some(
        ([, one]) =>
            at(one, "kind") === "Service" && [undefined, "", name].includes(textAt(one, "name")),
    );
    return from && to;
}
