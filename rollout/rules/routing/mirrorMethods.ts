/** Rule: a mirror copies only requests without side effects. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { onlyTakes } from "../lookup/methods";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { ResourceRule } from "../rule";

export const mirrorMethods: ResourceRule = {
    scope: "resource",
    id: "mirror-methods",
    group: "routing",
    description: "A route with a mirror must match only safe methods.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        return items(at(manifest, "spec", "http")).flatMap(([index, route]) => {
            const mirror = at(route, "mirror");
            const mirrors = at(route, "mirrors");
            const isSafe = onlyTakes("safe", route);
            // Unknown mirrors may contain one.
            const hasMirror = isSet(mirror) || items(mirrors).length > 0;
            if (isSafe === true || !(hasMirror || mirrors === UNKNOWN)) return [];
            const found = isSafe === UNKNOWN || !hasMirror ? UNKNOWN : at(route, "match");
            const expected = "method GET, HEAD or OPTIONS in every match";
            const fix =
                "Mirror in a separate route for these methods: a mirrored POST places a second order.";
            return [findingAt(manifest, `spec.http[${index}].match`, found, expected, fix)];
        });
    },
};

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null;
}
