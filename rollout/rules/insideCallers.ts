/** Rule: callers inside the mesh get the same split as those at the gateway. */
import { findingAt } from "./findingAt";
import { fullHost, namespaceOf } from "./names";
import { routedIn } from "./routed";
import { VIRTUAL_SERVICE } from "./routes";
import type { Finding, Manifest, ProgramRule } from "./rule";
import { at, items, UNKNOWN } from "./unknown";

const FIX =
    "Say both: callers that no route is for reach every version by pod count, whatever the weights.";

export const insideCallers: ProgramRule = {
    scope: "program",
    id: "inside-callers",
    description:
        "A Service that is split by subsets is split for its callers inside the mesh, by its own name.",
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
        return [...split].flatMap(([host, virtualService]) =>
            judge(host, virtualService, manifests),
        );
    },
};

/** Any VirtualService of the program may be the one for callers inside. */
function judge(host: string, virtualService: Manifest, manifests: readonly Manifest[]): Finding[] {
    const inside = manifests.map((one) => isFor(host, one));
    if (inside.includes(true)) return [];
    const gateways = at(virtualService, "spec", "gateways");
    const onMesh = bindsMesh(virtualService) === true;
    const path = onMesh ? "spec.hosts" : "spec.gateways";
    const value = onMesh ? at(virtualService, "spec", "hosts") : gateways;
    const found = inside.includes(UNKNOWN) ? UNKNOWN : value;
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

/** Whether a VirtualService routes what sidecars send to `host`. */
function isFor(host: string, virtualService: Manifest): boolean | typeof UNKNOWN {
    const mesh = bindsMesh(virtualService);
    const hosts = at(virtualService, "spec", "hosts");
    const names = items(hosts).map(([, name]) => name);
    const named = names.some(
        (name) => typeof name === "string" && fullHost(name, namespaceOf(virtualService)) === host,
    );
    if (mesh === false) return false;
    if (mesh === true && named) return true;
    return mesh === UNKNOWN || hosts === UNKNOWN || names.includes(UNKNOWN) ? UNKNOWN : false;
}

function bindsMesh(virtualService: Manifest): boolean | typeof UNKNOWN {
    const gateways = at(virtualService, "spec", "gateways");
    const names = items(gateways).map(([, name]) => name);
    if (gateways === UNKNOWN) return UNKNOWN;
    if (names.length === 0 || names.includes("mesh")) return true;
    return names.includes(UNKNOWN) ? UNKNOWN : false;
}
