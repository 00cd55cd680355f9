/** Rule: a route names each destination once. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { fullHost, namespaceOf } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

const FIX = "Correct the subset, or give the destination one weight: Envoy adds the weights up.";

export const repeatedDestination: ResourceRule = {
    scope: "resource",
    id: "repeated-destination",
    group: "routing",
    description: "A route should name each destination once.",
    severity: "advisory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        return ["http", "tls", "tcp"].flatMap((protocol) =>
            items(at(manifest, "spec", protocol)).flatMap(([index, route]) =>
                judge(manifest, `spec.${protocol}[${index}].route`, at(route, "route")),
            ),
        );
    },
};

function judge(manifest: Manifest, path: string, route: unknown): Finding[] {
    const destinations = items(route).map(([index, one]) => ({
        index,
        subset: at(one, "destination", "subset"),
        key: keyOf(one, manifest),
    }));
    if (destinations.length < 2) return [];
    return destinations.flatMap(({ index, subset, key }) => {
        const place = `${path}[${index}].destination`;
        if (key === UNKNOWN) {
            const expected = "a destination that the route does not name before";
            return [findingAt(manifest, place, UNKNOWN, expected, FIX)];
        }
        const other = destinations.find((one) => one.key === key && one.index < index);
        if (other === undefined) return [];
        const expected = `another destination than ${path}[${other.index}]`;
        const field = subset === undefined ? "host" : "subset";
        const found = at(route, index, "destination", field);
        return [findingAt(manifest, `${place}.${field}`, found, expected, FIX)];
    });
}

/** Destinations with headers of their own differ on purpose. */
function keyOf(entry: unknown, manifest: Manifest): string | typeof UNKNOWN {
    const host = at(entry, "destination", "host");
    const rest = [at(entry, "destination", "subset"), at(entry, "destination", "port", "number")];
    const headers = at(entry, "headers");
    if ([host, ...rest, headers].includes(UNKNOWN)) return UNKNOWN;
    const full = fullHost(textOf(host), namespaceOf(manifest));
    return JSON.stringify([full, ...rest, headers]);
}
