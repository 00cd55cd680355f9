/** Rule: each host has one VirtualService per gateway. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ProgramRule } from "../rule";

const FIX =
    "Put all routes of the host into one VirtualService: sidecars use only the older of the two.";

export const oneVirtualService: ProgramRule = {
    scope: "program",
    id: "one-virtual-service",
    group: "routing",
    description: "Two VirtualServices must not have the same host on the same gateway.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifests) {
        // The engine lists objects in no fixed order. Sorting reports the same one of two each time.
        const sorted = [...manifests].sort((a, b) => (resourceName(a) < resourceName(b) ? -1 : 1));
        return sorted.flatMap((manifest, place) => judge(manifest, sorted.slice(0, place)));
    },
};

function judge(manifest: Manifest, before: readonly Manifest[]): Finding[] {
    const hosts = at(manifest, "spec", "hosts");
    const expected = "hosts that no other VirtualService has";
    if (hosts === UNKNOWN) return [findingAt(manifest, "spec.hosts", UNKNOWN, expected, FIX)];
    return items(hosts).flatMap(([index, host]) => {
        const path = `spec.hosts[${index}]`;
        if (host === UNKNOWN) return [findingAt(manifest, path, UNKNOWN, expected, FIX)];
        const other = before.find((one) => shares(one, manifest, String(host)));
        if (other === undefined) return [];
        const where = `a host that ${resourceName(other)} does not have on the same gateway`;
        return [findingAt(manifest, path, host, where, FIX)];
    });
}

function shares(one: Manifest, two: Manifest, host: string): boolean {
    const full = fullHost(host, namespaceOf(two));
    const same = items(at(one, "spec", "hosts")).some(
        ([, other]) => typeof other === "string" && fullHost(other, namespaceOf(one)) === full,
    );
    const gateways = gatewaysOf(one);
    return same && gatewaysOf(two).some((gateway) => gateways.includes(gateway));
}

function gatewaysOf(manifest: Manifest): string[] {
    const names = items(at(manifest, "spec", "gateways")).map(([, name]) => String(name));
    if (names.length === 0) return ["mesh"];
    return names.map((name) =>
        name === "mesh" || name.includes("/") ? name : `${namespaceOf(manifest)}/${name}`,
    );
}
