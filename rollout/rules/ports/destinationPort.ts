/** Rule: a destination names a port of its host. */

import { textOf, UNKNOWN } from "../../config/unknown";
import { type Routed, routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { GATEWAY, gatewaysOf, isOnMesh, serversOf } from "../lookup/mesh/gateways";
import { declarationOf, isExternalName, portsOf, REGISTRY_KINDS } from "../lookup/mesh/registry";
import { resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ProgramRule } from "../rule";

const PORT_FIX = "Use one of its ports: Envoy has no cluster for any other port and answers 503.";
const NAME_FIX =
    "Name the port: without it, Istio uses the number of the port that received the request.";

export const destinationPort: ProgramRule = {
    scope: "program",
    id: "destination-port",
    group: "ports",
    description: "A destination must name a port of its host if the host has several ports.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, GATEWAY, ...REGISTRY_KINDS],
    options: {},
    check: (manifests) => routedIn(manifests).flatMap((routed) => judge(routed, manifests)),
};

function judge(routed: Routed, manifests: readonly Manifest[]): Finding[] {
    const { virtualService, host, port, path } = routed;
    const declaration = host === UNKNOWN ? undefined : declarationOf(host, manifests);
    if (declaration === undefined || isExternalName(declaration)) return [];
    const ports = portsOf(declaration);
    const place = `${path}.port.number`;
    const numbers = ports === UNKNOWN ? [UNKNOWN] : ports.map(({ number }) => number);
    if (numbers.length === 0 || numbers.includes(port)) return [];
    const allowed = `a port of ${resourceName(declaration)} (${numbers
        .filter((one) => one !== UNKNOWN)
        .map(textOf)
        .join(", ")})`;
    if (port === UNKNOWN || numbers.includes(UNKNOWN)) {
        return [findingAt(virtualService, place, UNKNOWN, allowed, PORT_FIX)];
    }
    if (port !== undefined) return [findingAt(virtualService, place, port, allowed, PORT_FIX)];
    if (numbers.length === 1) return [];
    const finding = findingAt(virtualService, place, undefined, allowed, NAME_FIX);
    return [
        isLostAtGateway(virtualService, numbers, manifests)
            ? finding
            : { ...finding, advisory: true },
    ];
}

/** Whether the host has none of the ports at which the Gateways receive the requests. */
function isLostAtGateway(
    virtualService: Manifest,
    numbers: readonly unknown[],
    manifests: readonly Manifest[],
): boolean {
    if (isOnMesh(virtualService) !== false) return false;
    const received = gatewaysOf(virtualService, manifests).flatMap((one) =>
        serversOf(one).map(({ port }) => port),
    );
    return received.length > 0 && !received.some((one) => one === UNKNOWN || numbers.includes(one));
}
