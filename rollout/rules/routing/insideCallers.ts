/** Rule: callers inside the mesh get the same split as callers at a gateway. */

import { serviceHost } from "../../config/names";
import { at, isMapping, items, textAt, UNKNOWN } from "../../config/unknown";
import { routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { backendLists, parentsOf } from "../lookup/mesh/gatewayApi";
import { gatewayParentRefs } from "../lookup/mesh/listeners";
import { objectIndex } from "../lookup/mesh/objectIndex";
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
        return [
            ...[...split].flatMap(([host, virtualService]) => judge(host, virtualService, all)),
            ...index.all(HTTP_ROUTE).flatMap((route) => judgeHttpRoute(route, all, manifests)),
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

/** A Service that selects the pods of all backends of a rule has callers of its own. */
function judgeHttpRoute(
    route: Manifest,
    all: readonly Inside[],
    manifests: readonly Manifest[],
): Finding[] {
    if (gatewayParentRefs(route).length === 0) return [];
    const index = objectIndex(manifests);
    const parents = index.all(HTTP_ROUTE).flatMap(parentsOf);
    const shared = new Set(
        backendLists(route).flatMap(({ backends }) => {
            const services = backends.flatMap(
                ({ name, namespace }) => index.named(SERVICE, namespace, String(name)) ?? [],
            );
            if (services.length < 2 || services.length < backends.length) return [];
            const [first] = services;
            return index
                .within(SERVICE, first === undefined ? "" : namespaceOf(first))
                .filter((one) => !services.includes(one))
                .filter((one) => services.every((backend) => selectsAll(one, backend)));
        }),
    );
    return [...shared]
        .filter((service) => {
            const [name, namespace] = [textAt(service, "metadata", "name"), namespaceOf(service)];
            const host = serviceHost(String(name), namespace);
            const isParent = parents.some(
                (one) =>
                    one.kind === SERVICE.kind && one.name === name && one.namespace === namespace,
            );
            return !isParent && !all.some(({ mesh, hosts }) => mesh !== false && hosts.has(host));
        })
        .map((service) => {
            const names = gatewayParentRefs(route).map(({ name }) => name);
            const expected = `${resourceName(service)} as a parent of the same rules`;
            return findingAt(route, "spec.parentRefs", names, expected, FIX);
        });
}

/** Whether a Service selects all pods that another selects. */
function selectsAll(wide: Manifest, narrow: Manifest): boolean {
    const [all, some] = [wide, narrow].map((one) => at(one, "spec", "selector"));
    if (!isMapping(all) || !isMapping(some) || Object.keys(all).length === 0) return false;
    return Object.entries(all).every(([key, value]) => some[key] === value);
}
