/** Whether gateways and sidecars have VirtualServices of their own. */
import type { RolloutConfig } from "../../config/rolloutConfig";

/** The callers of a VirtualService: sidecars, with or without gateways, or gateways alone. */
export type Where = "mesh" | "gateway";

/**
 * istiod rejects claims in a route for sidecars. Of a host that apps share, sidecars would use one app's VirtualService only. A
 * delegate has no gateways.
 */
export function hasOwnGatewayRoute(config: RolloutConfig): boolean {
    return hasClaims(config) || sharesHost(config);
}

/** Whether other VirtualServices route the rest of the app's hosts. */
export function sharesHost({ match, delegate }: RolloutConfig): boolean {
    return match.length > 0 || delegate;
}

function hasClaims({ targets }: RolloutConfig): boolean {
    return targets.some(({ claims }) => claims !== undefined);
}
