/** The HTTP routes of a rollout, most specific first, because Envoy uses the first match. */

import type { Leaf } from "../../config/deferred";
import { canonicalDuration } from "../../config/duration";
import { ROUTES } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { SLOTS, type Slot } from "../../config/slots";
import type { Plan } from "../../plan/plan";
import { mirrorRoute, mirrors } from "./mirrorRoute";
import { type HttpMatch, pathMatch, targetMatch } from "./requestMatches";
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
 * The routes in order: stable-only paths, targets, mirrored requests, sticky users, weights.
 * @param where only a gateway evaluates claims; istiod rejects a route with claims for sidecars.
 * @param release hash of the canary's pod template. Sticky users' cookies from other releases are ignored.
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

/** Retry conditions that are safe, because the application has not started to process the request. */
const SAFE_RETRIES = ["connect-failure", "refused-stream"];

/** Without a per-try timeout, a try may use the rest of the route's timeout. */
function retries({ protocol, retries: { attempts, perTryTimeout, retryOn } }: RolloutConfig) {
    if (attempts === 0) return { attempts };
    // Not for gRPC: with reset-before-request, Envoy holds back the first message of a stream.
    const safe = protocol === "grpc" ? SAFE_RETRIES : [...SAFE_RETRIES, "reset-before-request"];
    return {
        attempts,
        retryOn: (retryOn ?? safe).join(","),
        ...(perTryTimeout && { perTryTimeout: canonicalDuration(perTryTimeout) }),
    };
}
