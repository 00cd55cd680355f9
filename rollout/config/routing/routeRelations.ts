/** Problems between the keys that shape the app's routes. */

import { type Problem, wrongValue } from "../problems";
import { MESH } from "../topics/gateway";
import { triesProblems } from "../topics/resilience";
import type { TargetConfig } from "../topics/targets";
import { bothTexts, UNDECIDABLE } from "./matchBoth";
import type { RouteConfig } from "./ownRoutes";
import type { HttpMatch } from "./requestMatch";
import type { RewriteConfig } from "./routeActions";

interface RouteValues {
    readonly protocol: string;
    readonly routing: string;
    readonly hosts: readonly string[];
    readonly gateways: readonly string[];
    readonly gateway: { readonly tls?: unknown };
    readonly match: readonly HttpMatch[];
    readonly delegate: boolean;
    readonly rewrite: RewriteConfig;
    readonly routes: readonly RouteConfig[];
    readonly stableOnlyPaths: readonly string[];
    readonly targets: readonly TargetConfig[];
    readonly ports: readonly {
        readonly targets?: readonly TargetConfig[] | undefined;
        readonly stableOnlyPaths?: readonly string[] | undefined;
    }[];
    readonly sticky: { readonly cookie?: string | undefined };
    readonly timeout: string;
    readonly retries: RouteConfig["retries"];
    readonly exemptions: Readonly<Record<string, string>>;
}

export function routeRelations(config: Partial<RouteValues>): Problem[] {
    if (config.protocol === "tcp") return [];
    return [
        ...placeProblems(config),
        ...nameProblems(config),
        ...timeoutProblems(config),
        ...pathProblems(config),
        ...conditionProblems(config),
    ];
}

/** Where the part of a host is. */
function placeProblems(config: Partial<RouteValues>): Problem[] {
    const { match = [], delegate = false, hosts, gateways, gateway } = config;
    if (delegate) {
        const expected = "no value, because the VirtualService that delegates to the app has it";
        return [
            ...(hosts !== undefined && hosts.length > 0
                ? [wrongValue(["hosts"], expected, hosts)]
                : []),
            ...(gateways?.some((name) => name !== MESH)
                ? [
                      wrongValue(
                          ["gateways"],
                          `${JSON.stringify([MESH])}, because the VirtualService that delegates to the app has the others`,
                          gateways,
                      ),
                  ]
                : []),
            ...(gateway?.tls === undefined ? [] : [wrongValue(["gateway"], expected, gateway)]),
        ];
    }
    if (match.length === 0 || hosts === undefined || hosts.length > 0) return [];
    const fix =
        config.routing === "gateway-api"
            ? "Set `hosts` and `gateways`"
            : "Set `hosts` and `gateways`, or `delegate: true` if another VirtualService delegates to the app";
    return [wrongValue(["match"], "[], because the app has no hosts to share", match, fix)];
}

function nameProblems({ routes = [] }: Partial<RouteValues>): Problem[] {
    return routes.flatMap(({ name }, index) => {
        if (routes.findIndex((one) => one.name === name) === index) return [];
        const expected = "a name that no other route has";
        return [wrongValue(["routes", index, "name"], expected, name)];
    });
}

function timeoutProblems(config: Partial<RouteValues>): Problem[] {
    const { routes = [], timeout, retries, exemptions } = config;
    return routes.flatMap((route, index) => {
        if (route.redirect !== undefined) return [];
        const path = ["routes", index];
        if (route.timeout === "0s" && exemptions?.["http-timeout"] === undefined && exemptions) {
            const expected =
                "a duration above 0, because `exemptions` does not contain http-timeout";
            const fix =
                'For a stream, set `exemptions.http-timeout` to a last day and a reason, such as "2027-06-30 event stream"';
            return [wrongValue([...path, "timeout"], expected, route.timeout, fix)];
        }
        const at = route.retries === undefined ? ["retries"] : [...path, "retries"];
        if (route.timeout === undefined && route.retries === undefined) return [];
        return triesProblems(at, route.timeout ?? timeout, route.retries ?? retries);
    });
}

/** A match, with its path in the config. */
interface Placed {
    readonly path: readonly PropertyKey[];
    readonly match: HttpMatch;
}

function placed({ match = [], routes = [] }: Partial<RouteValues>) {
    const shared = match.map((one, index): Placed => ({ path: ["match", index], match: one }));
    const own = routes.flatMap((route, index) =>
        route.match.map(
            (one, place): Placed => ({ path: ["routes", index, "match", place], match: one }),
        ),
    );
    return { shared, own };
}

/** Patterns of paths, which cannot be combined with other conditions on paths. */
function pathProblems(config: Partial<RouteValues>): Problem[] {
    const { stableOnlyPaths = [], delegate = false, rewrite, routes = [], match = [] } = config;
    const { shared, own } = placed(config);
    const problems: Problem[] = [];
    const reject = (path: readonly PropertyKey[], expected: string, found: unknown, fix?: string) =>
        problems.push(wrongValue(path, expected, found, fix));
    const { ports = [] } = config;
    const only = [config, ...ports].some((one) => (one.stableOnlyPaths ?? []).length > 0);
    const fix = "Use `prefix` or `exact`, or set `stableOnlyPaths: []`";
    for (const one of [...shared, ...own]) {
        const { uri } = one.match;
        if (uri?.regex === undefined) continue;
        const path = [...one.path, "uri", "regex"];
        if (delegate) {
            const why = "Istio drops a delegate's pattern if the other VirtualService has a path";
            reject(path, `no value, because ${why}`, uri.regex, "Use `prefix` or `exact`");
        } else if (only) {
            const why = "a pattern cannot be combined with stableOnlyPaths";
            reject(path, `no value, because ${why}`, uri.regex, fix);
        }
    }
    if (delegate && stableOnlyPaths.length > 0) {
        const why = "Istio drops a delegate's patterns if the other VirtualService has a path";
        reject(["stableOnlyPaths"], `[], because ${why}`, stableOnlyPaths);
    }
    const prefix = rewrite?.uri?.toLowerCase();
    const pinned = stableOnlyPaths.find((path) => prefix?.startsWith(`${path.toLowerCase()}/`));
    if (pinned !== undefined && match.length === 0 && !delegate) {
        const expected = `a path outside ${pinned}, because no request would go to the canary`;
        const advice = "Use another path, or remove this one from `stableOnlyPaths`";
        reject(["rewrite", "uri"], expected, rewrite?.uri, advice);
    }
    const rewrites = [
        { path: ["rewrite"] as PropertyKey[], value: rewrite },
        ...routes.map((route, index) => ({
            path: ["routes", index, "rewrite"],
            value: route.rewrite,
        })),
    ];
    for (const { path, value } of rewrites) {
        if (!only || delegate || value?.uriRegexRewrite === undefined) continue;
        const why = "stableOnlyPaths are paths that the app gets";
        const advice = "Use `uri`, or set `stableOnlyPaths: []`";
        reject(
            [...path, "uriRegexRewrite"],
            `no value, because ${why}`,
            value.uriRegexRewrite,
            advice,
        );
    }
    if (delegate && match.length === 0 && rewrite?.uri !== undefined && routes.length > 0) {
        const inherits = routes.findIndex((one) => one.rewrite === undefined && !one.redirect);
        if (inherits >= 0) {
            const why = "`rewrite.uri` replaces a prefix that `match` does not name";
            reject(
                ["routes", inherits, "rewrite"],
                `a value, because ${why}`,
                undefined,
                "Set it, or `match`",
            );
        }
    }
    for (const { path, match: narrow } of own) {
        const unclear = shared.find(
            ({ match: wide }) =>
                bothTexts(wide.uri, narrow.uri) === UNDECIDABLE ||
                bothTexts(wide.method, narrow.method) === UNDECIDABLE,
        );
        if (unclear === undefined) continue;
        const where = unclear.path.join(".");
        const expected = `conditions that can be combined with ${where}: at most one of the two has a pattern, and only beside \`exact\``;
        reject(path, expected, narrow);
    }
    return problems;
}

/** A route has one condition per header and query parameter. */
function conditionProblems(config: Partial<RouteValues>): Problem[] {
    const { ports = [], sticky } = config;
    const targets = [config, ...ports].flatMap((one) => one.targets ?? []);
    const { shared, own } = placed(config);
    const withCookies = targets.some(({ cookies }) => Object.keys(cookies ?? {}).length > 0);
    const fixed = {
        headers: new Map<string, string>(),
        withoutHeaders: new Map<string, string>(),
        queryParams: new Map<string, string>(),
    };
    for (const { headers, queryParams } of targets) {
        for (const name of Object.keys(headers ?? {})) {
            fixed.headers.set(name.toLowerCase(), "`targets`");
        }
        for (const name of Object.keys(queryParams ?? {})) fixed.queryParams.set(name, "`targets`");
    }
    if (withCookies) fixed.headers.set("cookie", "`targets`");
    if (sticky?.cookie !== undefined) fixed.headers.set("cookie", "`sticky`");
    const problems: Problem[] = [];
    const check = ({ path, match }: Placed, isShared: boolean) => {
        for (const field of ["headers", "withoutHeaders", "queryParams"] as const) {
            for (const [name, found] of Object.entries(match[field] ?? {})) {
                const key = field === "queryParams" ? name : name.toLowerCase();
                const other = fixed[field].get(key) ?? (isShared ? undefined : inMatch(field, key));
                if (other === undefined) continue;
                const expected = `no value, because ${other} has a condition on it, and a route has only one`;
                problems.push(wrongValue([...path, field, name], expected, found));
            }
        }
    };
    const inMatch = (field: "headers" | "withoutHeaders" | "queryParams", key: string) =>
        shared.some(({ match }) =>
            Object.keys(match[field] ?? {}).some(
                (name) => (field === "queryParams" ? name : name.toLowerCase()) === key,
            ),
        )
            ? "`match`"
            : undefined;
    for (const one of shared) check(one, true);
    for (const one of own) check(one, false);
    return problems;
}
