/** Rule: paths that are the stable version's alone never lead to another. */

import { annotationOf } from "../../config/names";
import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

export const stableOnlyPaths: ResourceRule = {
    scope: "resource",
    id: "stable-only-paths",
    group: "routing",
    description:
        "Requests to stable-only paths reach no other version, by weight, target or mirror.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {
        paths: {
            type: "array",
            items: { type: "string" },
            description: "Paths that only the stable version answers; none unless given.",
            default: [],
        },
        stable: {
            type: "string",
            description:
                "Subset that is stable if the annotation istio-canary.dev/stable is missing.",
            default: "v1",
        },
    },
    check(manifest, options) {
        const annotation = annotationOf(manifest, "stable");
        const stable = typeof annotation === "string" ? annotation : String(options.stable);
        return items(options.paths).flatMap(([, path]) => judge(manifest, String(path), stable));
    },
};

function judge(manifest: Manifest, path: string, stable: string): Finding[] {
    const http = at(manifest, "spec", "http");
    const expected = `subset ${stable} alone for ${path}`;
    const fix = `Put a route that matches ${path} and leads to ${stable} before this one.`;
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
    // RE2's flags are not JavaScript's; the whole path must match.
    const flags = /^\(\?(i)\)/.exec(regex ?? "");
    return new RegExp(`^(?:${(regex ?? "").slice(flags?.[0].length ?? 0)})$`, flags?.[1]).test(
        path,
    );
}

/** Subsets other than the stable that a route can send a request or a copy of one to. */
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
