/** The routes of each port of the Service. With several ports, a route matches the port that it is for. */

import type { Leaf } from "../../config/deferred";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { boundGateways, MESH } from "../../config/topics/gateway";
import type { Plan } from "../../plan/plan";
import { sharesOf } from "../../plan/shares";
import { hasOwnGatewayRoute, hasSeveralPorts } from "./gatewayPart";
import { type HttpRoute, httpRoutes } from "./httpRoutes";
import { type TcpRoute, tcpRoute } from "./tcpRoute";

export interface Routes {
    readonly http: HttpRoute[];
    readonly tcp: TcpRoute[] | undefined;
}

/** The routes for sidecars. */
export function meshRoutes(config: RolloutConfig, plan: Plan, release: Leaf<string>): Routes {
    const { port, protocol, ports } = config;
    if (!hasSeveralPorts(config)) {
        const isOnlyPort = !mayHaveOtherPorts(config);
        if (protocol === "tcp") {
            const route = tcpRoute(config, plan);
            return { http: [], tcp: [isOnlyPort ? route : { match: [{ port }], ...route }] };
        }
        const http = httpRoutes(config, plan, release, "mesh");
        const routes = isOnlyPort ? http : http.map((one) => atPort(one, port, undefined));
        return { http: routes, tcp: undefined };
    }
    const { targets, stableOnlyPaths } = config;
    const first = { name: undefined, port, protocol, split: true, targets, stableOnlyPaths };
    const all = [first, ...ports];
    const tcp = all
        .filter((one) => one.protocol === "tcp")
        .map((one) => ({
            match: [{ port: one.port }],
            ...tcpRoute({ ...config, port: one.port }, one.split ? plan : atStable(plan)),
        }));
    const http = all
        .filter((one) => one.protocol !== "tcp")
        .flatMap((one) => {
            const own = {
                ...config,
                port: one.port,
                protocol: one.protocol,
                targets: one.targets ?? targets,
                stableOnlyPaths: one.stableOnlyPaths ?? stableOnlyPaths,
            };
            const routes = one.split
                ? httpRoutes(own, plan, release, "mesh")
                : httpRoutes(withoutCanary(own), atStable(plan), release, "mesh");
            return routes.map((route) => atPort(route, one.port, one.name));
        });
    return { http, tcp: tcp.length > 0 ? tcp : undefined };
}

/**
 * A route without a port takes the requests to every port. An adopted Service may have ports that the config does not name: their
 * requests stay with them. A route that also serves gateways cannot name the port, because it would be the gateway's.
 */
function mayHaveOtherPorts(config: RolloutConfig): boolean {
    const isForMesh = boundGateways(config).every((name) => name === MESH);
    return config.adopt.includes("service") && (hasOwnGatewayRoute(config) || isForMesh);
}

function atPort(route: HttpRoute, port: number, name: string | undefined): HttpRoute {
    const { match = [{}] } = route;
    return {
        ...route,
        name: name === undefined ? route.name : `${route.name}-${name}`,
        match: match.map((one) => ({ ...one, port })),
    };
}

/** The plan of a port that is not split. Its routes name both subsets, as all others do. */
function atStable(plan: Plan): Plan {
    return { ...plan, shares: sharesOf(plan.stable, 0) };
}

function withoutCanary(config: RolloutConfig): RolloutConfig {
    const mirror = { ...config.mirror, percentage: 0 };
    return {
        ...config,
        stableOnlyPaths: [],
        targets: [],
        mirror,
        sticky: {},
        routes: [],
        rewrite: {},
        fault: {},
    };
}
