/** The one Service, its subsets, and the object that holds the routes between them. */

import type { Leaf } from "../../config/deferred";
import { ANNOTATIONS, gatewayRouteName } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { boundGateways, MESH } from "../../config/topics/gateway";
import { SLOTS } from "../../config/topics/roles";
import type { Plan } from "../../plan/plan";
import { objectLabels, selectorLabels } from "../labels";
import { httpRoutes } from "./httpRoutes";
import { mirrorSubset, mirrors } from "./mirrorRoute";
import { tcpRoute } from "./tcpRoute";
import { canaryPolicy, trafficPolicy } from "./trafficPolicy";

/**
 * Namespaces that see the Service, its subsets and its route: all three the same, whatever the mesh's defaults are. A
 * client that saw the route but not the subsets would get 503, one that saw neither both versions by pod count.
 */
const EVERYWHERE = ["*"];

/** The Service of both slots: it selects the app only, so that no update of it is ever part of a rollout. */
export function service(config: RolloutConfig, { app, namespace }: Plan) {
    return {
        apiVersion: "v1" as const,
        kind: "Service" as const,
        metadata: {
            name: app,
            namespace,
            labels: objectLabels(app),
            // Waiting for endpoints would wait for pods, also in a rollback.
            annotations: {
                "pulumi.com/skipAwait": "true",
                "networking.istio.io/exportTo": EVERYWHERE.join(","),
            },
        },
        spec: {
            type: "ClusterIP",
            selector: { app },
            // Slots may listen on different ports; the container port's name is the same in both.
            ports: [
                {
                    name: config.protocol,
                    appProtocol: config.protocol,
                    port: config.port,
                    targetPort: config.protocol,
                    protocol: "TCP",
                },
            ],
        },
    };
}

/** Both slots' subsets are always declared, so that no route can name one that is missing. */
export function destinationRule(config: RolloutConfig, plan: Plan) {
    const { app, namespace, host, canary } = plan;
    const canarys = canaryPolicy(config);
    return {
        apiVersion: "networking.istio.io/v1" as const,
        kind: "DestinationRule" as const,
        metadata: { name: app, namespace, labels: objectLabels(app) },
        spec: {
            host,
            exportTo: EVERYWHERE,
            trafficPolicy: trafficPolicy(config),
            subsets: [
                ...SLOTS.map((slot) => ({
                    name: slot,
                    labels: selectorLabels(app, slot),
                    ...(slot === canary && canarys && { trafficPolicy: canarys }),
                })),
                ...(mirrors(config) ? [mirrorSubset(config, plan)] : []),
            ],
        },
    };
}

/** At every weight the same routes with the same destinations: between phases nothing changes but two numbers. */
export function virtualService(config: RolloutConfig, plan: Plan, release: Leaf<string>) {
    const { app, namespace, host, stable } = plan;

    return {
        apiVersion: "networking.istio.io/v1" as const,
        kind: "VirtualService" as const,
        metadata: {
            name: app,
            namespace,
            labels: objectLabels(app),
            annotations: { [ANNOTATIONS.stable]: stable },
        },
        spec: {
            hosts: [host, ...config.hosts],
            gateways: asksForClaims(config) ? [MESH] : boundGateways(config),
            exportTo: EVERYWHERE,
            ...(config.protocol === "tcp"
                ? { http: [], tcp: [tcpRoute(config, plan)] }
                : { http: httpRoutes(config, plan, release, "mesh"), tcp: undefined }),
        },
    };
}

/**
 * The same for the gateways alone, where targets ask for claims: istiod refuses such a route if any sidecar is to have
 * it. Undefined where none does.
 */
export function gatewayVirtualService(config: RolloutConfig, plan: Plan, release: Leaf<string>) {
    if (!asksForClaims(config)) return undefined;
    const inside = virtualService(config, plan, release);
    return {
        ...inside,
        metadata: { ...inside.metadata, name: gatewayRouteName(plan.app) },
        spec: {
            ...inside.spec,
            hosts: config.hosts,
            gateways: boundGateways(config).filter((name) => name !== MESH),
            http: httpRoutes(config, plan, release, "gateway"),
        },
    };
}

function asksForClaims({ targets }: RolloutConfig): boolean {
    return targets.some(({ claims }) => claims !== undefined);
}
