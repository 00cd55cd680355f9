/** Rule: callers inside the mesh get the same split as callers at a gateway. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { fullHost, namespaceOf } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX = "Set both: callers without a route reach every version by pod count, at any weight.";

export const insideCallers: ProgramRule = {
    scope: "program",
    id: "inside-callers",
    group: "routing",
    description:
        "A Service that is split by subsets should be split for callers inside the mesh too.",
    severity: "advisory",
    kinds: [VIRTUAL_SERVICE],
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
        const all = manifests.map(insideOf);
        return [...split].flatMap(([host, virtualService]) => judge(host, virtualService, all));
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
