/** The HTTP routes of a rollout, the most particular first; Envoy takes the first that matches. */

import type { Leaf } from "../../config/deferred";
import { canonicalDuration } from "../../config/duration";
import { ROUTES } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { SLOTS, type Slot } from "../../config/topics/roles";
import type { Plan } from "../../plan/plan";
import { mirrorRoute, mirrors } from "./mirrorRoute";
import { type HttpMatch, pathMatch, targetMatch } from "./requestMatches";
import { type Draw, stickyUsers } from "./stickyRoutes";

/** Begins the names of the routes of users who stay on their version. */
const STICKY = "sticky-";

interface Destination {
    readonly host: string;
    readonly subset: string;
    readonly port: { readonly number: number };
}

export interface HttpRoute {
    readonly name: string;
    /** Any of these; every request where there are none. */
    readonly match?: HttpMatch[];
    readonly route: {
        readonly destination: Destination;
        readonly weight?: number;
        readonly headers?: Draw["headers"];
    }[];
    readonly mirror?: Destination;
    readonly mirrorPercentage?: { readonly value: number };
    readonly timeout: string;
    readonly retries: ReturnType<typeof retries>;
}

/**
 * Paths that are the stable's alone, then explicit targets, then what is mirrored, then users who stay where they
 * are, then the weights.
 * @param where "gateway": only a gateway knows claims, and a route that asks for them is refused elsewhere.
 * @param release what the canary runs; other than that, cookies of former releases count for nothing.
 */
export function httpRoutes(
    config: RolloutConfig,
    plan: Plan,
    release: Leaf<string>,
    where: "mesh" | "gateway",
): HttpRoute[] {
    const { stableOnlyPaths } = config;
    const targets = config.targets.filter((one) => where === "gateway" || one.claims === undefined);
    const bounds = { timeout: canonicalDuration(config.timeout), retries: retries(config) };
    const to = (slot: Slot) => ({
        destination: { host: plan.host, subset: slot, port: { number: config.port } },
    });
    const routes: HttpRoute[] = [];
    if (stableOnlyPaths.length > 0) {
        const match = stableOnlyPaths.map(pathMatch);
        routes.push({ name: ROUTES.stableOnly, match, route: [to(plan.stable)], ...bounds });
    }
    if (targets.length > 0) {
        const match = targets.map(targetMatch);
        routes.push({ name: ROUTES.targeted, match, route: [to(plan.canary)], ...bounds });
    }
    if (mirrors(config)) {
        const copied = mirrorRoute(config, plan);
        routes.push({ name: ROUTES.mirrored, ...copied, route: [to(plan.stable)], ...bounds });
    }
    const sticky = stickyUsers(config, release);
    for (const { rung, match, shares } of sticky?.drawn ?? []) {
        const route = SLOTS.map((slot) => ({ ...to(slot), weight: shares[slot] }));
        routes.push({ name: `${STICKY}${rung}`, match, route, ...bounds });
    }
    const draws = sticky?.draws ?? SLOTS.map((slot) => ({ slot, weight: plan.shares[slot] }));
    const route = draws.map(({ slot, ...rest }) => ({ ...to(slot), ...rest }));
    return [...routes, { name: ROUTES.weighted, route, ...bounds }];
}

/** Conditions under which no application has begun to work on the request, so that repeating it is safe. */
const SAFE_RETRIES = ["connect-failure", "refused-stream"];

/** Without a per-try timeout a try may use what is left of the route's timeout, which bounds them all. */
function retries({ protocol, retries: { attempts, perTryTimeout, retryOn } }: RolloutConfig) {
    if (attempts === 0) return { attempts };
    // Envoy holds back a gRPC stream's first message for this one: not for streams.
    const safe = protocol === "grpc" ? SAFE_RETRIES : [...SAFE_RETRIES, "reset-before-request"];
    return {
        attempts,
        retryOn: (retryOn ?? safe).join(","),
        ...(perTryTimeout && { perTryTimeout: canonicalDuration(perTryTimeout) }),
    };
}
