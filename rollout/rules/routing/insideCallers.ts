/** Rule: callers inside the mesh get the same split as callers at a gateway. */

import { serviceHost } from "../../config/names";
import { at, isMapping, items, textAt, UNKNOWN } from "../../config/unknown";
import { routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { backendLists, type Parent, parentsOf, refersTo } from "../lookup/mesh/gatewayApi";
import { gatewayParentRefs } from "../lookup/mesh/listeners";
import { type ObjectIndex, objectIndex } from "../lookup/mesh/objectIndex";
import { SERVICE } from "../lookup/mesh/registry";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { HTTP_ROUTE, VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX = "Set both: callers without a route reach every version by pod count, at any weight.";

export const insideCallers: ProgramRule = {
    scope: "program",
    id: "inside-callers",
    group: "routing",
    description:
        "A Service that is split at a gateway should be split for callers inside the mesh too.",
    severity: "advisory",
    kinds: [VIRTUAL_SERVICE, HTTP_ROUTE, SERVICE],
    options: {},
    check(manifests) {
        const routed = routedIn(manifests).filter(({ subset }) => typeof subset === "string");
        const split = new Map(
            routed.flatMap(({ host, virtualService }): [string, Manifest][] =>
                host !== UNKNOWN && host.endsWith(".svc.cluster.local")
                    ? [[host, virtualService]]
                    : [],
            ),
        );
        const index = objectIndex(manifests);
        const all = index.all(VIRTUAL_SERVICE).map(insideOf);
        const routes = index.all(HTTP_ROUTE);
        const parents = routes.flatMap(parentsOf);
        const services = servicesByLabel(index.all(SERVICE));
        return [
            ...[...split].flatMap(([host, virtualService]) => judge(host, virtualService, all)),
            ...routes.flatMap((route) =>
                unsplitServices(route, services, index)
                    .filter((service) => !isSplitInside(service, parents, all))
                    .map((service) => outsideOnly(route, service)),
            ),
        ];
    },
};

/** Any VirtualService of the program may serve the callers inside the mesh. */
function judge(host: string, virtualService: Manifest, all: readonly Inside[]): Finding[] {
    if (all.some(({ mesh, hosts }) => mesh === true && hosts.has(host))) return [];
    const unclear = all.some(
        ({ mesh, hosts }) =>
            (mesh === UNKNOWN && hosts.has(host)) || (mesh !== false && hosts.has(UNKNOWN)),
    );
    const gateways = at(virtualService, "spec", "gateways");
    const onMesh = bindsMesh(virtualService) === true;
    const path = onMesh ? "spec.hosts" : "spec.gateways";
    const value = onMesh ? at(virtualService, "spec", "hosts") : gateways;
    const found = unclear ? UNKNOWN : value;
    return [
        findingAt(
            virtualService,
            path,
            found,
            `mesh in spec.gateways and ${host} in spec.hosts`,
            FIX,
        ),
    ];
}

/** Whether, and for which hosts, a VirtualService applies inside the mesh. */
interface Inside {
    readonly mesh: boolean | typeof UNKNOWN;
    /** Fully qualified. Contains UNKNOWN if there may be more. */
    readonly hosts: ReadonlySet<unknown>;
}

function insideOf(virtualService: Manifest): Inside {
    const hosts = at(virtualService, "spec", "hosts");
    const names = hosts === UNKNOWN ? [UNKNOWN] : items(hosts).map(([, name]) => name);
    const full = names.map((name) =>
        typeof name === "string" ? fullHost(name, namespaceOf(virtualService)) : name,
    );
    return { mesh: bindsMesh(virtualService), hosts: new Set(full) };
}

function bindsMesh(virtualService: Manifest): boolean | typeof UNKNOWN {
    const gateways = at(virtualService, "spec", "gateways");
    const names = items(gateways).map(([, name]) => name);
    if (gateways === UNKNOWN) return UNKNOWN;
    if (names.length === 0 || names.includes("mesh")) return true;
    return names.includes(UNKNOWN) ? UNKNOWN : false;
}

/** Services that select the pods of all backends of a rule, so that they have callers of their own. */
function unsplitServices(
    route: Manifest,
    services: ServicesByLabel,
    index: ObjectIndex,
): readonly Manifest[] {
    if (gatewayParentRefs(route).length === 0) return [];
    const found = backendLists(route).flatMap(({ backends }) => {
        const split = backends.flatMap(
            ({ name, namespace }) => index.named(SERVICE, namespace, String(name)) ?? [],
        );
        const [first] = split;
        if (first === undefined || split.length < 2 || split.length < backends.length) return [];
        return candidatesFor(first, services)
            .filter((one) => !split.includes(one))
            .filter((one) => split.every((backend) => selectsAll(one, backend)));
    });
    return [...new Set(found)];
}

/** Whether a route inside the mesh splits the requests to a Service. */
function isSplitInside(
    service: Manifest,
    parents: readonly Parent[],
    all: readonly Inside[],
): boolean {
    const [name, namespace] = [textAt(service, "metadata", "name"), namespaceOf(service)];
    const host = serviceHost(String(name), namespace);
    return (
        parents.some((one) => refersTo(one, SERVICE, namespace, name)) ||
        all.some(({ mesh, hosts }) => mesh !== false && hosts.has(host))
    );
}

function outsideOnly(route: Manifest, service: Manifest): Finding {
    const names = gatewayParentRefs(route).map(({ name }) => name);
    const expected = `${resourceName(service)} as a parent of the same rules`;
    return findingAt(route, "spec.parentRefs", names, expected, FIX);
}

/** By namespace and the first label of the selector, so that few are compared. */
type ServicesByLabel = ReadonlyMap<string, readonly Manifest[]>;

function servicesByLabel(services: readonly Manifest[]): ServicesByLabel {
    const found = new Map<string, Manifest[]>();
    for (const service of services) {
        const [label] = labelsOf(service);
        if (label === undefined) continue;
        const others = found.get(label);
        if (others === undefined) found.set(label, [service]);
        else others.push(service);
    }
    return found;
}

function labelsOf(service: Manifest): string[] {
    const selector = at(service, "spec", "selector");
    if (!isMapping(selector)) return [];
    const namespace = namespaceOf(service);
    return Object.entries(selector).map((entry) => JSON.stringify([namespace, ...entry]));
}

/** A Service that selects all pods of another has each of its labels from it. */
function candidatesFor(narrow: Manifest, services: ServicesByLabel): readonly Manifest[] {
    return labelsOf(narrow).flatMap((label) => services.get(label) ?? []);
}

/** Whether a Service selects all pods that another selects. */
function selectsAll(wide: Manifest, narrow: Manifest): boolean {
    const [all, some] = [wide, narrow].map((one) => at(one, "spec", "selector"));
    if (!isMapping(all) || !isMapping(some) || Object.keys(all).length === 0) return false;
    return Object.entries(all).every(([key, value]) => some[key] === value);
}
