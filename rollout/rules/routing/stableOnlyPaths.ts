/** Rule: only the stable version receives requests to stable-only paths. */

import { annotationOf } from "../../config/names";
import { at, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

export const stableOnlyPaths: ResourceRule = {
    scope: "resource",
    id: "stable-only-paths",
    group: "routing",
    description:
        "Requests to stable-only paths must reach no other version, by weight, target or mirror.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
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
        return items(options.paths).flatMap(([, path]) => judge(manifest, textOf(path), stable));
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
    // Convert RE2's inline flag to JavaScript's. Istio matches the whole path.
    const flags = /^\(\?(i)\)/.exec(regex ?? "");
    return new RegExp(`^(?:${(regex ?? "").slice(flags?.[0].length ?? 0)})$`, flags?.[1]).test(
        path,
    );
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
