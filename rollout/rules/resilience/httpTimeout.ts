/** Rule: every HTTP route has a timeout. */
import { parseDuration } from "../../config/duration";
import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { isRedirect } from "../lookup/mesh/gatewayApi";
import { HTTP_ROUTE, SPLIT_KINDS } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

const FIX =
    "Set the route's timeout: Istio has none by default, so a slow version blocks all its callers.";

/** Routes without an upstream, and delegates, where each of the delegate's routes has its own timeout. */
const EXEMPT = ["redirect", "directResponse", "delegate"];

export const httpTimeout: ResourceRule = {
    scope: "resource",
    id: "http-timeout",
    group: "resilience",
    description: "Every HTTP route of a VirtualService or HTTPRoute must have a timeout.",
    severity: "mandatory",
    kinds: SPLIT_KINDS,
    options: {
        longest: {
            type: "string",
            pattern: "^([0-9]+([.][0-9]+)?(h|ms|m|s))+$",
            examples: ["30s", "1m30s"],
            description: "Longest timeout that is allowed.",
            default: "1h",
        },
    },
    check(manifest, { longest }) {
        return manifest.kind === HTTP_ROUTE.kind
            ? judge(manifest, "rules", ["timeouts", "request"], textOf(longest))
            : judge(manifest, "http", ["timeout"], textOf(longest));
    },
};

function judge(manifest: Manifest, list: string, field: string[], longest: string): Finding[] {
    const expected = `a duration above 0 and up to ${longest}, such as "5s"`;
    const finding = (path: string, found: unknown) =>
        findingAt(manifest, path, found, expected, FIX);
    const routes = at(manifest, "spec", list);
    if (routes === UNKNOWN) return [finding(`spec.${list}`, UNKNOWN)];
    return items(routes)
        .filter(([, route]) => !EXEMPT.some((one) => isKnown(at(route, one))))
        .filter(([, route]) => !isRedirect(route))
        .map(([index, route]) => ({ index, timeout: at(route, ...field) }))
        .filter(({ timeout }) => !isWithin(parseDuration(timeout), longest))
        .map(({ index, timeout }) => finding(`spec.${list}[${index}].${field.join(".")}`, timeout));
}

function isWithin(timeout: number | undefined, longest: string): boolean {
    const most = parseDuration(longest) ?? Number.POSITIVE_INFINITY;
    return timeout !== undefined && timeout > 0 && timeout <= most;
}

function isKnown(value: unknown): boolean {
    return value !== undefined && value !== null && value !== UNKNOWN;
}
