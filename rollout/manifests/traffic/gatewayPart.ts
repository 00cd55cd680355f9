/** Whether gateways and sidecars have VirtualServices of their own. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import { boundGateways, MESH } from "../../config/topics/gateway";

/** The callers of a VirtualService: sidecars, with or without gateways, or gateways alone. */
export type Where = "mesh" | "gateway";

/**
 * istiod rejects claims in a route for sidecars. Of a host that apps share, sidecars would use one app's VirtualService only. A
 * delegate has no gateways. With several ports, a route of a gateway would match the gateway's port instead of the Service's, so
 * only `port` is behind gateways.
 */
export function hasOwnGatewayRoute(config: RolloutConfig): boolean {
    const isBound = boundGateways(config).some((name) => name !== MESH);
    return hasClaims(config) || sharesHost(config) || (isBound && hasSeveralPorts(config));
}

/** Whether the Service has other ports than `port`. */
export function hasSeveralPorts({ ports }: RolloutConfig): boolean {
    return ports.length > 0;
}

/** Whether other VirtualServices route the rest of the app's hosts. */
export function sharesHost({ match, delegate }: RolloutConfig): boolean {
    return match.length > 0 || delegate;
}

function hasClaims({ targets }: RolloutConfig): boolean {
    return targets.some(({ claims }) => claims !== undefined);
}
