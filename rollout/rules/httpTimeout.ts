/** Rule: every HTTP route has a timeout. */
import { parseDuration } from "../duration";
import { resourceName } from "./names";
import { VIRTUAL_SERVICE } from "./routes";
import type { ResourceRule } from "./rule";
import { at, items, UNKNOWN } from "./unknown";

const ALLOWED = 'a duration above 0, such as "5s"';
const FIX =
    "Set the route's timeout: Istio's default is none, and one slow version then holds every caller.";

/** Routes that no upstream answers, or whose timeout the delegate's own routes set. */
const EXEMPT = ["redirect", "directResponse", "delegate"];

export const httpTimeout: ResourceRule = {
    scope: "resource",
    id: "http-timeout",
    description: "Every HTTP route of a VirtualService has a timeout.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        const resource = resourceName(manifest);
        const finding = (path: string, found: unknown) => ({
            resource,
            path,
            found,
            allowed: ALLOWED,
            fix: FIX,
        });
        const http = at(manifest, "spec", "http");
        if (http === UNKNOWN) return [finding("spec.http", UNKNOWN)];
        return items(http)
            .filter(([, route]) => !EXEMPT.some((field) => isSet(at(route, field))))
            .map(([index, route]) => ({ index, timeout: at(route, "timeout") }))
            .filter(({ timeout }) => !((parseDuration(timeout) ?? 0) > 0))
            .map(({ index, timeout }) => finding(`spec.http[${index}].timeout`, timeout));
    },
};

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null && value !== UNKNOWN;
}
