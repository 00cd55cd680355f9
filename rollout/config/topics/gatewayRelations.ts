/** Which Gateways the route is bound to, and what must hold between hosts and gateways. */

import type { Problem } from "../problems";
import type { RolloutConfig } from "../rolloutConfig";
import { MESH } from "./gateway";

type Named = Pick<RolloutConfig, "app" | "namespace" | "gateways" | "gateway">;

/** Those of the config and the rollout's own, where it has one, as `gateways` of a VirtualService; `mesh` is one of them. */
export function boundGateways({ app, namespace, gateways, gateway }: Named): string[] {
    const own = gateway.tls === undefined ? [] : [`${namespace}/${app}`];
    return [...new Set([...gateways, ...own])];
}

/** Hosts that nothing serves, gateways that would serve nothing, and gateways that are kept out. */
export function gatewayRelations(config: Partial<RolloutConfig>): Problem[] {
    const { hosts, gateways, gateway, callers = {} } = config;
    if (hosts === undefined || gateways === undefined || gateway === undefined) return [];
    const outside = gateways.filter((name) => name !== MESH);
    if (gateway.tls !== undefined) outside.push("gateway");
    if (hosts.length > 0 && outside.length === 0) {
        const reason = `need a gateway that serves them: set gateway.tls.credentialName, or name one in gateways; found gateways ${JSON.stringify(gateways)}`;
        return [{ path: ["hosts"], reason }];
    }
    if (hosts.length === 0 && outside.length > 0) {
        const reason = `must name at least one host for ${outside.join(", ")}: outside callers are told apart by the host that they ask for; found []`;
        return [{ path: ["hosts"], reason }];
    }
    if (outside.length > 0 && callers.rollouts && !callers.namespaces && !callers.principals) {
        const reason = `must let in the gateway too, by its namespace or its principal: it is what calls for ${hosts.join(", ")}; found ${JSON.stringify(callers)}`;
        return [{ path: ["callers"], reason }];
    }
    return [];
}
