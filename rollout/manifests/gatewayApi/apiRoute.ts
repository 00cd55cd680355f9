/** The HTTPRoutes of a rollout: the routes of its VirtualService, in the words of the Gateway API. */

import type { Leaf } from "../../config/deferred";
import { parseDuration } from "../../config/duration";
import { ANNOTATIONS, gatewayRouteName, ROUTES, workloadName } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { HttpMatch, StringMatch, TextMatch } from "../../config/routing/requestMatch";
import { namedGateways } from "../../config/topics/gateway";
import type { Plan } from "../../plan/plan";
import { objectLabels } from "../labels";
import { sharesHost } from "../traffic/gatewayPart";
import { type HttpRoute, httpRoutes } from "../traffic/httpRoutes";
import { escapeRegex } from "../traffic/requestMatches";
import { TAKE_OVER } from "../traffic/split";

/** An HTTPRoute that exists, or undefined unless the config asks for it. */
export type ApiRoute = ReturnType<typeof apiRoute>;

/**
 * Its parents are the shared Service, so that it applies to every caller with a sidecar, in all namespaces, and the Gateways. It
 * is one object, so that one write moves all callers. It has the same rules with the same backends at every weight: between
 * phases, only two numbers change. With `match`, the Gateways have another one.
 */
export function httpRoute(
    config: RolloutConfig,
    plan: Plan,
    release: Leaf<string>,
): ApiRoute | undefined {
    if (config.routing !== "gateway-api") return undefined;
    const { app } = plan;
    const service = { group: "", kind: "Service", name: app, port: config.port };
    const route = (parents: readonly object[], hosts: readonly string[]) =>
        apiRoute(app, parents, hosts, httpRoutes(config, plan, release, "mesh"), config, plan);
    return sharesHost(config)
        ? route([service], [])
        : // Istio ignores the hostnames for the parent Service (pilot/pkg/config/kube/gateway/route_collections.go:HTTPRouteCollection).
          route([service, ...gatewayParents(config)], config.hosts);
}

/** The app's part of a host that other apps share. Inside the mesh, callers use the app's Service, with all of its paths. */
export function gatewayHttpRoute(
    config: RolloutConfig,
    plan: Plan,
    release: Leaf<string>,
): ApiRoute | undefined {
    if (config.routing !== "gateway-api" || !sharesHost(config)) return undefined;
    const routes = httpRoutes(config, plan, release, "gateway");
    const name = gatewayRouteName(plan.app);
    return apiRoute(name, gatewayParents(config), config.hosts, routes, config, plan);
}

function apiRoute(
    name: string,
    parentRefs: readonly object[],
    hostnames: readonly string[],
    routes: readonly HttpRoute[],
    { adopt }: RolloutConfig,
    plan: Plan,
) {
    const { app, namespace, stable } = plan;
    const isAdopted = name === app && adopt.includes("httpRoute");
    const byPattern = hasPatterns(routes);
    return {
        apiVersion: "gateway.networking.k8s.io/v1" as const,
        kind: "HTTPRoute" as const,
        metadata: {
            name,
            namespace,
            labels: objectLabels(app),
            annotations: { [ANNOTATIONS.stable]: stable, ...(isAdopted && TAKE_OVER) },
        },
        spec: {
            parentRefs,
            ...(hostnames.length > 0 && { hostnames }),
            rules: routes.map((route) => ruleOf(route, plan, byPattern)),
        },
    };
}

function gatewayParents({ gateways }: RolloutConfig) {
    return namedGateways(gateways).map(({ namespace, name, listener }) => ({
        group: "gateway.networking.k8s.io",
        kind: "Gateway",
        namespace,
        name,
        ...(listener !== undefined && { sectionName: listener }),
    }));
}

/**
 * Whether prefixes are written as regular expressions. Istio orders the rules of a host by their paths: exact ones, prefixes,
 * regular expressions, and longer ones first. So, beside a stable-only path, which is a longer regular expression, no prefix may
 * stand for requests that it has too. An exact path is stable-only as a whole, or not at all.
 */
function hasPatterns(routes: readonly HttpRoute[]): boolean {
    return routes.some(
        ({ name, match = [] }) =>
            name === ROUTES.stableOnly && match.some(({ uri }) => uri?.regex !== undefined),
    );
}

function ruleOf({ match = [{}], route = [], timeout }: HttpRoute, plan: Plan, byPattern: boolean) {
    return {
        matches: match.map((one) => matchOf(one, byPattern)),
        backendRefs: route.map(({ destination, weight = 1 }) => ({
            name: workloadName(plan.app, destination.subset === "v2" ? "v2" : "v1"),
            port: destination.port.number,
            weight,
        })),
        ...(timeout && { timeouts: { request: apiDuration(timeout) } }),
    };
}

function matchOf({ uri, method, headers = {}, queryParams = {} }: HttpMatch, byPattern: boolean) {
    return {
        path: pathOf(uri, byPattern),
        ...(method?.exact && { method: method.exact }),
        ...named("headers", headers),
        ...named("queryParams", queryParams),
    };
}

/** The config's prefixes end in "/", which PathPrefix ignores: it matches whole segments. */
function pathOf(uri: TextMatch = { prefix: "/" }, byPattern: boolean) {
    const { exact, regex, prefix = "/" } = uri;
    if (exact !== undefined) return { type: "Exact" as const, value: exact };
    if (regex !== undefined) return { type: "RegularExpression" as const, value: regex };
    const parent = prefix.slice(0, -1);
    if (!byPattern) return { type: "PathPrefix" as const, value: parent || "/" };
    const value = parent === "" ? "/.*" : `${escapeRegex(parent)}(/.*)?`;
    return { type: "RegularExpression" as const, value };
}

function named(
    field: "headers" | "queryParams",
    conditions: Readonly<Record<string, StringMatch>>,
) {
    const entries = Object.entries(conditions);
    if (entries.length === 0) return {};
    return { [field]: entries.map(([name, one]) => ({ name, ...conditionOn(one) })) };
}

/** The Gateway API has no prefixes of values. A regular expression matches the whole value. */
function conditionOn({ exact, prefix, regex }: StringMatch) {
    if (exact !== undefined) return { type: "Exact", value: exact };
    if (prefix !== undefined) {
        return { type: "RegularExpression", value: `${escapeRegex(prefix)}.*` };
    }
    return { type: "RegularExpression", value: regex ?? ".*" };
}

/** The Gateway API allows whole numbers of at most five digits only: "250ms" instead of "0.25s". */
function apiDuration(text: string): string {
    const milliseconds = parseDuration(text) ?? 0;
    const seconds = Math.floor(milliseconds / 1_000);
    const rest = milliseconds % 1_000;
    if (rest === 0) return `${seconds}s`;
    return seconds === 0 ? `${rest}ms` : `${seconds}s${rest}ms`;
}
