/** Rule: the parents of Gateway API routes accept them. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { API_GATEWAY, type Parent, ROUTE_KINDS } from "../lookup/mesh/gatewayApi";
import { gatewayParentRefs, gatewayParents, refusal, servesHost } from "../lookup/mesh/listeners";
import { NAMESPACE, namesOf, objectIndex } from "../lookup/mesh/objectIndex";
import { misspelled } from "../lookup/mesh/typo";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX = "Correct the parent or its listener: a route that no parent accepts gets no requests.";

export const routeParent: ProgramRule = {
    scope: "program",
    id: "route-parent",
    group: "references",
    description: "Every parent of a Gateway API route must have a listener that accepts the route.",
    severity: "mandatory",
    kinds: [...ROUTE_KINDS, API_GATEWAY, NAMESPACE],
    options: {},
    check(manifests) {
        const index = objectIndex(manifests);
        return ROUTE_KINDS.flatMap((kind) => index.all(kind)).flatMap((route) => {
            const found = gatewayParentRefs(route).flatMap((one) => judge(route, one, manifests));
            return found.length > 0 ? found : unserved(route, manifests);
        });
    },
};

function judge(route: Manifest, parent: Parent, manifests: readonly Manifest[]): Finding[] {
    const { path, name, namespace } = parent;
    const finding = (field: string, found: unknown, expected: string) =>
        findingAt(route, `${path}${field}`, found, expected, FIX);
    if (name === UNKNOWN) return [finding(".name", UNKNOWN, "the name of a Gateway")];
    if (typeof name !== "string") return [];
    const index = objectIndex(manifests);
    const gateway = index.named(API_GATEWAY, namespace, name);
    if (gateway === undefined) {
        const known = namesOf(index.within(API_GATEWAY, namespace));
        const meant = misspelled(name, known);
        if (meant !== undefined) {
            return [finding(".name", name, `a Gateway of ${namespace}, such as ${meant}`)];
        }
        if (known.length === 0) return [];
        // Another program may have the Gateway.
        const expected = `a Gateway of ${namespace} (${[...known].sort().join(", ")})`;
        return [{ ...finding(".name", name, expected), advisory: true }];
    }
    if (isRemote(gateway)) return [];
    const listeners = items(at(gateway, "spec", "listeners")).map(([, one]) => one);
    const problems = listeners.map((one) => refusal(route, parent, one, gateway, manifests));
    if (listeners.length === 0 || problems.includes(undefined)) return [];
    // The problem of the listener that fits best.
    const [problem] = [...problems].sort((a, b) => (b?.rank ?? 0) - (a?.rank ?? 0));
    if (problem === undefined) return [];
    return [finding(problem.field, problem.found, problem.expected)];
}

/** Hostnames that no listener serves, unless another program or cluster has one of the Gateways. */
function unserved(route: Manifest, manifests: readonly Manifest[]): Finding[] {
    const parents = gatewayParents(route, manifests);
    if (parents.length === 0 || parents.some(({ listeners }) => listeners.length === 0)) return [];
    if (parents.some(({ gateway }) => gateway && isRemote(gateway))) return [];
    const listeners = parents.flatMap((one) => one.listeners);
    const served = listeners.map((one) => at(one, "hostname")).join(", ");
    return items(at(route, "spec", "hostnames"))
        .filter(([, host]) => !listeners.some((one) => servesHost(one, host)))
        .map(([index, host]) => {
            const expected = `a hostname that its listeners serve (${served})`;
            const fix = "Add it to a listener: otherwise callers get 404.";
            return findingAt(route, `spec.hostnames[${index}]`, host, expected, fix);
        });
}

/** Another cluster serves it. */
function isRemote(gateway: Manifest): boolean {
    return at(gateway, "spec", "gatewayClassName") === "istio-remote";
}
