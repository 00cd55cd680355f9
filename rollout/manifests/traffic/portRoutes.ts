/** The routes of each port of the Service. With several ports, a route matches the port that it is for. */

import type { Leaf } from "../../config/deferred";
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan } from "../../plan/plan";
import { sharesOf } from "../../plan/shares";
import { hasSeveralPorts } from "./gatewayPart";
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
        return protocol === "tcp"
            ? { http: [], tcp: [tcpRoute(config, plan)] }
            : { http: httpRoutes(config, plan, release, "mesh"), tcp: undefined };
    }
    const all = [{ name: undefined, port, protocol, split: true }, ...ports];
    const tcp = all
        .filter((one) => one.protocol === "tcp")
        .map((one) => ({
            match: [{ port: one.port }],
            ...tcpRoute({ ...config, port: one.port }, one.split ? plan : atStable(plan)),
        }));
    const http = all
        .filter((one) => one.protocol !== "tcp")
        .flatMap((one) => {
            const own = { ...config, port: one.port, protocol: one.protocol };
            const routes = one.split
                ? httpRoutes(own, plan, release, "mesh")
                : httpRoutes(withoutCanary(own), atStable(plan), release, "mesh");
            return routes.map((route) => atPort(route, one.port, one.name));
        });
    return { http, tcp: tcp.length > 0 ? tcp : undefined };
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
    };
}
