/** Rule: a mirror repeats nothing that has an effect. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { onlyTakes } from "../lookup/methods";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { ResourceRule } from "../rule";

export const mirrorMethods: ResourceRule = {
    scope: "resource",
    id: "mirror-methods",
    group: "routing",
    description: "A route that mirrors takes only methods that are safe to repeat.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        return items(at(manifest, "spec", "http")).flatMap(([index, route]) => {
            const mirror = at(route, "mirror");
            const mirrors = at(route, "mirrors");
            const takes = onlyTakes("safe", route);
            // What is not known yet may be a mirror.
            const known = isSet(mirror) || items(mirrors).length > 0;
            if (takes === true || !(known || mirrors === UNKNOWN)) return [];
            const found = takes === UNKNOWN || !known ? UNKNOWN : at(route, "match");
            const expected = "a match of method GET, HEAD or OPTIONS in every condition";
            const fix =
                "Mirror in a route of its own for these methods: a mirrored POST is a second order.";
            return [findingAt(manifest, `spec.http[${index}].match`, found, expected, fix)];
        });
    },
};

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null;
}
