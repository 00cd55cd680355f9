/** The HTTPRoute of a rollout: the routes of its VirtualService, in the words of the Gateway API. */

import type { Leaf } from "../../config/deferred";
import { parseDuration } from "../../config/duration";
import { ANNOTATIONS, workloadName } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { HttpMatch, StringMatch } from "../../config/routing/requestMatch";
import { namedGateways } from "../../config/topics/gateway";
import type { Plan } from "../../plan/plan";
import { objectLabels } from "../labels";
import { type HttpRoute, httpRoutes } from "../traffic/httpRoutes";
import { escapeRegex } from "../traffic/requestMatches";
import { TAKE_OVER } from "../traffic/split";

/**
 * Undefined unless the config asks for it. Its parents are the shared Service, so that it applies to every caller with a sidecar,
 * in all namespaces, and the Gateways. It is one object, so that one write moves all callers. It has the same rules with the same
 * backends at every weight: between phases, only two numbers change.
 */
export function httpRoute(config: RolloutConfig, plan: Plan, release: Leaf<string>) {
    if (config.routing !== "gateway-api") return undefined;
    const { app, namespace, stable } = plan;
    const routes = httpRoutes(config, plan, release, "mesh");
    const hasPaths = routes.some(({ match = [] }) => match.some(({ uri }) => uri !== undefined));
    return {
        apiVersion: "gateway.networking.k8s.io/v1" as const,
        kind: "HTTPRoute" as const,
        metadata: {
            name: app,
            namespace,
            labels: objectLabels(app),
            annotations: {
                [ANNOTATIONS.stable]: stable,
                ...(config.adopt.includes("httpRoute") && TAKE_OVER),
            },
        },
        spec: {
            parentRefs: [
                { group: "", kind: "Service", name: app, port: config.port },
                ...gatewayParents(config),
            ],
            // Istio ignores them for the parent Service (pilot/pkg/config/kube/gateway/route_collections.go:HTTPRouteCollection).
            ...(config.hosts.length > 0 && { hostnames: config.hosts }),
            rules: routes.map((route) => ruleOf(route, plan, hasPaths)),
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

function ruleOf({ match = [{}], route = [], timeout }: HttpRoute, plan: Plan, hasPaths: boolean) {
    return {
        matches: match.map((one) => matchOf(one, hasPaths)),
        backendRefs: route.map(({ destination, weight = 1 }) => ({
            name: workloadName(plan.app, destination.subset === "v2" ? "v2" : "v1"),
            port: destination.port.number,
            weight,
        })),
        ...(timeout && { timeouts: { request: apiDuration(timeout) } }),
    };
}

/**
 * Istio orders the rules of an HTTPRoute by their paths: prefixes before regular expressions, and longer ones first. So, beside a
 * path that is a regular expression, every path must be one.
 */
const ANY_PATH = { type: "RegularExpression", value: "/.*" } as const;

function matchOf({ uri, headers = {}, queryParams = {} }: HttpMatch, hasPaths: boolean) {
    const any = hasPaths ? ANY_PATH : { type: "PathPrefix" as const, value: "/" };
    return {
        path: uri === undefined ? any : { type: "RegularExpression" as const, value: uri.regex },
        ...named("headers", headers),
        ...named("queryParams", queryParams),
    };
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
