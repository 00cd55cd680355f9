/** The HTTP routes of a rollout, most specific first, because Envoy uses the first match. */

import type { Leaf } from "../../config/deferred";
import { canonicalDuration } from "../../config/duration";
import { ROUTES } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { matchBoth } from "../../config/routing/matchBoth";
import type { HttpMatch } from "../../config/routing/requestMatch";
import type {
    CorsConfig,
    HeadersConfig,
    RedirectConfig,
    RewriteConfig,
} from "../../config/routing/routeActions";
import { SLOTS, type Slot } from "../../config/slots";
import type { Plan } from "../../plan/plan";
import type { Where } from "./gatewayPart";
import { mirrorRoute, mirrors } from "./mirrorRoute";
import { targetMatch } from "./requestMatches";
import { rewriteOf, stableRequests } from "./rewrittenPaths";
import { faultOf, type Part, type Section, sectionsOf } from "./routeSections";
import { type Draw, stickyUsers } from "./stickyRoutes";

/** Prefix of the names of sticky users' routes. */
const STICKY = "sticky-";

interface Destination {
    readonly host: string;
    readonly subset: string;
    readonly port: { readonly number: number };
}

export interface HttpRoute {
    readonly name: string;
    /** Matches a request if any item matches. Absent: matches every request. */
    readonly match?: HttpMatch[];
    readonly route?: {
        readonly destination: Destination;
        readonly weight?: number;
        readonly headers?: Draw["headers"];
    }[];
    readonly redirect?: RedirectConfig;
    readonly mirror?: Destination;
    readonly mirrorPercentage?: { readonly value: number };
    readonly timeout?: string;
    readonly retries?: ReturnType<typeof retries>;
    readonly rewrite?: RewriteConfig;
    readonly headers?: HeadersConfig;
    readonly corsPolicy?: CorsConfig;
    readonly fault?: ReturnType<typeof faultOf>;
}

/**
 * The routes in order. Each entry of the config's `routes` has all of them: stable-only paths, targets, mirrored requests, sticky
 * users, weights. Then the same for all other requests.
 * @param where only a gateway evaluates claims; istiod rejects a route with claims for sidecars.
 * @param release hash of the canary's pod template. Sticky users' cookies from other releases are ignored.
 */
export function httpRoutes(
    config: RolloutConfig,
    plan: Plan,
    release: Leaf<string>,
    where: Where,
): HttpRoute[] {
    const split = splitRoutes(config, plan, release, where);
    const stable = [destinationOf(config, plan, plan.stable)];
    return sectionsOf(config, where).flatMap((section): HttpRoute[] => {
        const { prefix, parts, rewrite, redirect } = section;
        if (parts.length === 0) return [];
        const settings = settingsOf(section, config.protocol);
        const named = (name: string) => `${prefix}${name}`;
        if (redirect !== undefined) {
            return [{ name: named("redirect"), ...matchOf(parts), ...settings, redirect }];
        }
        const pinned = stableParts(parts, config, rewrite);
        const fault = faultOf(section.fault);
        const free = parts.filter((part) => !pinned.includes(part));
        const route = (name: string, some: readonly Part[], rest: object): HttpRoute => {
            const changed = rewriteOf(rewrite, some);
            return {
                name: named(name),
                ...matchOf(some),
                ...rest,
                ...settings,
                ...(changed && { rewrite: changed }),
            };
        };
        return [
            ...(pinned.length > 0 ? [route(ROUTES.stableOnly, pinned, { route: stable })] : []),
            ...split.flatMap(({ name, match = [{}], ...rest }) => {
                const some = match.flatMap((one) => within(free, one));
                return some.length > 0
                    ? [route(name, some, { ...rest, ...(fault && { fault }) })]
                    : [];
            }),
        ];
    });
}

/** The requests of some parts that a route matches. */
function within(parts: readonly Part[], match: HttpMatch): Part[] {
    return parts.flatMap((part) => {
        const both = matchBoth(part.match, match);
        return both === undefined ? [] : [{ ...part, match: both }];
    });
}

/** Parts to which only the stable has access: whole ones, and the stable-only paths of others. */
function stableParts(
    parts: readonly Part[],
    { stableOnlyPaths }: RolloutConfig,
    rewrite: RewriteConfig | undefined,
): Part[] {
    return parts.flatMap((part) => {
        const found = stableOnlyPaths.map((path) => stableRequests(part, rewrite, path));
        if (found.includes("all")) return [part];
        return found.flatMap((one) => (one === undefined || one === "all" ? [] : [one]));
    });
}

function matchOf(parts: readonly Part[]): Pick<HttpRoute, "match"> {
    const match = parts.map((part) => part.match);
    return match.some((one) => Object.keys(one).length === 0) ? {} : { match };
}

function settingsOf({ redirect, ...section }: Section, protocol: RolloutConfig["protocol"]) {
    const { timeout, headers, corsPolicy } = section;
    const limits = {
        // Istio has no timeout by default. The API server rejects 0s.
        ...(timeout !== "0s" && { timeout: canonicalDuration(timeout) }),
        retries: retries(protocol, section),
    };
    return {
        ...(redirect === undefined && limits),
        ...(headers && { headers }),
        ...(corsPolicy && { corsPolicy }),
    };
}

function destinationOf({ port }: RolloutConfig, { host }: Plan, slot: Slot) {
    return { destination: { host, subset: slot, port: { number: port } } };
}

/** The routes that every section has, except that of stable-only paths. */
function splitRoutes(
    config: RolloutConfig,
    plan: Plan,
    release: Leaf<string>,
    where: Where,
): Pick<HttpRoute, "name" | "match" | "route" | "mirror" | "mirrorPercentage">[] {
    const targets = config.targets.filter((one) => where === "gateway" || one.claims === undefined);
    const to = (slot: Slot) => destinationOf(config, plan, slot);
    const sticky = stickyUsers(config, release);
    const draws = sticky?.draws ?? SLOTS.map((slot) => ({ slot, weight: plan.shares[slot] }));
    return [
        ...(targets.length > 0
            ? [
                  {
                      name: ROUTES.targeted,
                      match: targets.map(targetMatch),
                      route: [to(plan.canary)],
                  },
              ]
            : []),
        ...(mirrors(config)
            ? [{ name: ROUTES.mirrored, ...mirrorRoute(config, plan), route: [to(plan.stable)] }]
            : []),
        ...(sticky?.drawn ?? []).map(({ rung, match, shares }) => ({
            name: `${STICKY}${rung}`,
            match,
            route: SLOTS.map((slot) => ({ ...to(slot), weight: shares[slot] })),
        })),
        {
            name: ROUTES.weighted,
            route: draws.map(({ slot, ...rest }) => ({ ...to(slot), ...rest })),
        },
    ];
}

/** Retry conditions that are safe, because the application has not started to process the request. */
const SAFE_RETRIES = ["connect-failure", "refused-stream"];

/** Without a per-try timeout, a try may use the rest of the route's timeout. */
function retries(
    protocol: RolloutConfig["protocol"],
    { retries: { attempts, perTryTimeout, retryOn } }: Pick<Section, "retries">,
) {
    if (attempts === 0) return { attempts };
    // Not for gRPC: with reset-before-request, Envoy holds back the first message of a stream.
    const safe = protocol === "grpc" ? SAFE_RETRIES : [...SAFE_RETRIES, "reset-before-request"];
    return {
        attempts,
        retryOn: (retryOn ?? safe).join(","),
        ...(perTryTimeout && { perTryTimeout: canonicalDuration(perTryTimeout) }),
    };
}
