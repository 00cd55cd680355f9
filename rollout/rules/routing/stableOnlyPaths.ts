/** Rule: only the stable version receives requests to stable-only paths. */

import { annotationOf, appsOfRoute } from "../../config/names";
import { matchesRe2 } from "../../config/re2";
import { at, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { backendsOf, matchesInOrder } from "../lookup/mesh/gatewayApi";
import { isHttpRoute, SPLIT_KINDS } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

export const stableOnlyPaths: ResourceRule = {
    scope: "resource",
    id: "stable-only-paths",
    group: "routing",
    description:
        "Requests to stable-only paths must reach no other version, by weight, target or mirror.",
    severity: "mandatory",
    kinds: SPLIT_KINDS,
    options: {
        paths: {
            type: "array",
            items: { type: "string" },
            description: "Paths that only the stable version answers. Default: none.",
            default: [],
        },
        stable: {
            type: "string",
            description: "Stable subset if the annotation istio-canary.dev/stable is missing.",
            default: "v1",
        },
    },
    check(manifest, options) {
        const annotation = annotationOf(manifest, "stable");
        const stable = typeof annotation === "string" ? annotation : textOf(options.stable);
        const judgePath = isHttpRoute(manifest) ? judgeHttpRoute : judge;
        // Another HTTPRoute's backends are not versions of one app.
        if (isHttpRoute(manifest) && annotation === undefined) return [];
        return items(options.paths).flatMap(([, path]) =>
            judgePath(manifest, textOf(path), stable),
        );
    },
};

function judge(manifest: Manifest, path: string, stable: string): Finding[] {
    const http = at(manifest, "spec", "http");
    const expected = `only subset ${stable} for ${path}`;
    const fix = `Add a route to ${stable} that matches ${path} before this route.`;
    if (http === UNKNOWN) return [findingAt(manifest, "spec.http", UNKNOWN, expected, fix)];
    for (const [index, route] of items(http)) {
        const catches = catchesPath(route, path);
        if (catches === "never") continue;
        const others = subsetsBeside(stable, route);
        if (others.length > 0 || catches === UNKNOWN) {
            const found =
                catches === UNKNOWN || others.includes(UNKNOWN) ? UNKNOWN : others.join(", ");
            return [findingAt(manifest, `spec.http[${index}]`, found, expected, fix)];
        }
        if (catches === "always") return [];
    }
    return [];
}

/** The stable's backend is the Service of its slot. */
function judgeHttpRoute(manifest: Manifest, path: string, stable: string): Finding[] {
    const services = appsOfRoute(manifest).map((app) => `${app}-${stable}`);
    const backends = backendsOf(manifest).map(({ name }) => name);
    const service = services.find((one) => backends.includes(one)) ?? services[0];
    const expected = `only Service ${service} for ${path}`;
    const fix = `Add a rule with ${service} alone that matches ${path} before this rule.`;
    const finding = (where: string, found: unknown) =>
        findingAt(manifest, where, found, expected, fix);
    if (at(manifest, "spec", "rules") === UNKNOWN) return [finding("spec.rules", UNKNOWN)];
    for (const { path: where, rule, match } of matchesInOrder(manifest)) {
        const catches = catchesApiPath(match, path);
        if (catches === "never") continue;
        const single = { ...manifest, spec: { rules: [rule] } };
        const others = backendsOf(single)
            .filter(({ mirrors, weight }) => mirrors || weight !== 0)
            .map(({ name }) => name)
            .filter((name) => name !== service);
        if (others.length > 0) {
            return [finding(where, others.includes(UNKNOWN) ? UNKNOWN : others.join(", "))];
        }
        if (catches === "always") return [];
    }
    return [];
}

function catchesApiPath(match: unknown, path: string): Catches {
    const value = textAt(match, "path", "value") ?? "/";
    const type = textAt(match, "path", "type") ?? "PathPrefix";
    const below = value.endsWith("/") ? value : `${value}/`;
    const isMet =
        type === "PathPrefix"
            ? path === value || path.startsWith(below)
            : matchesUri(type === "Exact" ? { exact: value } : { regex: value }, path);
    if (!isMet) return "never";
    const conditions = ["method", "headers", "queryParams"].map((field) => at(match, field));
    return conditions.some((one) => one !== undefined) ? "sometimes" : "always";
}

type Catches = "always" | "sometimes" | "never" | typeof UNKNOWN;

function catchesPath(route: unknown, path: string): Catches {
    const match = at(route, "match");
    if (match === UNKNOWN) return UNKNOWN;
    const conditions = items(match);
    if (conditions.length === 0) return "always";
    const each = conditions.map(([, one]): Catches => {
        if (one === UNKNOWN || at(one, "uri") === UNKNOWN) return UNKNOWN;
        const { uri, ...more } = one as Record<string, unknown>;
        if (uri !== undefined && !matchesUri(uri, path)) return "never";
        const conditional = Object.keys(more).some(
            (key) => key !== "ignoreUriCase" && key !== "name",
        );
        return conditional ? "sometimes" : "always";
    });
    const order: Catches[] = ["always", UNKNOWN, "sometimes"];
    return order.find((one) => each.includes(one)) ?? "never";
}

function matchesUri(uri: unknown, path: string): boolean {
    const [exact, prefix, regex] = ["exact", "prefix", "regex"].map((way) => textAt(uri, way));
    if (exact !== undefined) return exact === path;
    if (prefix !== undefined) return path.startsWith(prefix);
    return matchesRe2(`^(?:${regex ?? ""})$`, path) === true;
}

/** Subsets, except the stable one, to which a route sends or mirrors requests. */
function subsetsBeside(stable: string, route: unknown): unknown[] {
    const mirrors = [
        at(route, "mirror"),
        ...items(at(route, "mirrors")).map(([, one]) => at(one, "destination")),
    ];
    const weighted = items(at(route, "route"))
        .filter(([, one]) => at(one, "weight") !== 0)
        .map(([, one]) => at(one, "destination"));
    return [...weighted, ...mirrors]
        .filter((destination) => destination !== undefined && destination !== null)
        .map((destination) => at(destination, "subset"))
        .filter((subset) => subset !== stable);
}
