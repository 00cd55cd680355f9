/** Config: the API of the route, Istio's or the Kubernetes Gateway API, and what the latter cannot say. */
import { doc, oneOf } from "../fields";
import { isSame, key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";
import { namedGateways } from "../topics/gateway";
import { apiMatchProblems, parameterProblems, ROUTING } from "./apiMatch";
import type { HttpMatch } from "./requestMatch";

export const ROUTINGS = ["istio", "gateway-api"] as const;

export const routingKeys = {
    routing: key(
        doc(
            oneOf(ROUTINGS).default("istio"),
            "API of the route. `istio` splits requests with a VirtualService. `gateway-api` splits them with an HTTPRoute of the Kubernetes Gateway API, whose backends are a Service for each slot, `<app>-v1` and `<app>-v2`.",
        ),
        REQUESTS,
    ),
};

interface Tries {
    readonly attempts: number;
    readonly perTryTimeout?: string | undefined;
    readonly retryOn?: readonly string[] | undefined;
}

/** The API server accepts no more in an HTTPRoute. */
const MOST_HOSTS = 16;

interface RoutingValues extends Readonly<Record<keyof typeof NO_COUNTERPART, unknown>> {
    readonly routing: (typeof ROUTINGS)[number];
    readonly hosts: readonly string[];
    readonly gateways: readonly string[];
    readonly gateway: object;
    readonly mirror: { readonly percentage: number };
    readonly retries: Tries;
    readonly targets: readonly {
        readonly queryParams?: object | undefined;
        readonly claims?: unknown;
        readonly sourceLabels?: unknown;
    }[];
    readonly adopt: readonly string[];
    readonly match: readonly HttpMatch[];
    readonly stableOnlyPaths: readonly string[];
}

const FIX = "Remove it, or set `routing` to istio";

/** Keys without a counterpart in the HTTPRoute that a rollout writes, each with its reason. */
const NO_COUNTERPART = {
    ports: "the HTTPRoute is for `port` alone",
    delegate: "an HTTPRoute cannot be a delegate",
    sticky: "the buckets of sticky users need the order of a VirtualService's routes",
    rewrite: "rewrites need a VirtualService",
    headers: "changes to headers need a VirtualService",
    corsPolicy: "CORS policies need a VirtualService",
    fault: "an HTTPRoute has no fault injection",
    routes: "the Gateway API orders routes by their matches, not by their place",
    jwt: "claims are evaluated by the gateway's VirtualService",
} as const;

type Named = keyof typeof NO_COUNTERPART;

/** Retries of a route. The budget belongs to the DestinationRules. */
const TRIES = ["attempts", "perTryTimeout", "retryOn"] as const;

/**
 * Reports what an HTTPRoute cannot say.
 * @param defaults of all keys: Pulumi fills in those of Pulumi.yaml, so a default counts as not set.
 */
export function routingRelations(
    config: Partial<RoutingValues>,
    defaults: (name: Named | "retries") => unknown,
): Problem[] {
    if (config.routing !== "gateway-api") return istioProblems(config);
    const { gateway, mirror, retries, targets = [], adopt = [] } = config;
    const none = (
        path: PropertyKey[],
        found: unknown,
        why: string,
        expected = "no value",
        fix = FIX,
    ) => wrongValue(path, `${expected} ${ROUTING}, because ${why}`, found, fix);
    const named = Object.entries(NO_COUNTERPART) as [Named, string][];
    const problems = named.flatMap(([name, why]): Problem[] => {
        const found = config[name];
        const isSet = found !== undefined && !isSame(found, defaults(name));
        return isSet ? [none([name], found, why)] : [];
    });
    if (gateway !== undefined && Object.keys(gateway).length > 0) {
        const why = "Istio would deploy pods of its own for the new Gateway";
        const fix = "Create a Gateway of the Gateway API yourself, and add it to `gateways`";
        problems.push(none(["gateway"], gateway, why, "no value", fix));
    }
    problems.push(...parentProblems(config), ...apiMatchProblems(config));
    if (mirror !== undefined && mirror.percentage > 0) {
        const why = "copies of requests need a subset of their own";
        problems.push(none(["mirror", "percentage"], mirror.percentage, why, "0"));
    }
    const usual = defaults("retries") as Tries;
    for (const field of TRIES) {
        if (retries === undefined || isSame(retries[field], usual[field])) continue;
        const why = "retries are experimental in the Gateway API; the mesh's own policy applies";
        problems.push(none(["retries", field], retries[field], why));
    }
    targets.forEach((target, index) => {
        for (const field of ["claims", "sourceLabels"] as const) {
            if (target[field] === undefined) continue;
            const why = "an HTTPRoute matches headers and query parameters only";
            problems.push(none(["targets", index, field], target[field], why));
        }
        problems.push(...parameterProblems(["targets", index, "queryParams"], target.queryParams));
    });
    if (adopt.includes("virtualService")) {
        problems.push(none(["adopt"], "virtualService", "there is none", "a list without it"));
    }
    return problems;
}

/** What needs the Gateway API. */
function istioProblems({ routing, gateways = [], adopt = [] }: Partial<RoutingValues>): Problem[] {
    if (routing === undefined) return [];
    const problems = gateways.flatMap((found, index): Problem[] => {
        if (found.split("/").length < 3) return [];
        const expected =
            "a namespace and a name with routing istio, because Istio's own Gateways have no names of listeners";
        return [wrongValue(["gateways", index], expected, found)];
    });
    if (adopt.includes("httpRoute")) {
        const expected = "a list without it with routing istio, because there is no HTTPRoute";
        const fix = "Remove it, or set `routing` to gateway-api";
        problems.push(wrongValue(["adopt"], expected, "httpRoute", fix));
    }
    return problems;
}

/** What the API server rejects in the parents and host names of an HTTPRoute. */
function parentProblems({ gateways = [], hosts = [] }: Partial<RoutingValues>): Problem[] {
    const problems: Problem[] = [];
    if (hosts.length > MOST_HOSTS) {
        const expected = `at most ${MOST_HOSTS} host names ${ROUTING}, because an HTTPRoute has no more`;
        problems.push(wrongValue(["hosts"], expected, hosts, "Remove some of them"));
    }
    gateways.forEach((found, index) => {
        const [one] = namedGateways([found]);
        const before = namedGateways(gateways.slice(0, index)).filter(
            ({ namespace, name }) => namespace === one?.namespace && name === one.name,
        );
        const isClear = before.every(
            ({ listener }) => listener && one?.listener && listener !== one.listener,
        );
        if (isClear) return;
        const expected = "a Gateway that no other entry names, or another listener in each of them";
        problems.push(wrongValue(["gateways", index], expected, found));
    });
    return problems;
}
