/** Rule: a TCP port of a ServiceEntry has an address. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { SERVICE_ENTRY } from "../lookup/mesh/registry";
import type { Finding, ResourceRule } from "../rule";

const FIX =
    "Add the addresses, or declare TLS if the clients use it: without an address, the entry takes every TCP connection to this port, unless the sidecars capture DNS.";

export const tcpAddress: ResourceRule = {
    scope: "resource",
    id: "tcp-address",
    group: "references",
    description: "A ServiceEntry with a TCP port should have an address.",
    severity: "advisory",
    kinds: [SERVICE_ENTRY],
    options: {},
    check(manifest) {
        const addresses = at(manifest, "spec", "addresses");
        // Istio writes the addresses that it allocates into the status.
        const allocated = at(manifest, "status", "addresses");
        if ([addresses, allocated].some((one) => items(one).length > 0)) return [];
        return items(at(manifest, "spec", "ports"))
            .map(([, port]) => port)
            .filter(isTcp)
            .slice(0, 1)
            .flatMap((port): Finding[] => {
                const protocol = at(port, "protocol");
                const isUnknown = [addresses, protocol].includes(UNKNOWN);
                const found = isUnknown ? UNKNOWN : addresses;
                const expected = `an address, because port ${textOf(at(port, "number"))} is TCP`;
                return [findingAt(manifest, "spec.addresses", found, expected, FIX)];
            });
    },
};

/** A port without protocol is TCP. */
function isTcp(port: unknown): boolean {
    const protocol = at(port, "protocol") ?? "";
    return protocol === UNKNOWN || ["", "tcp"].includes(textOf(protocol).toLowerCase());
}
