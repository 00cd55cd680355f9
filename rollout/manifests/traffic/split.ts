/** The shared Service, the DestinationRule with its subsets, and the VirtualServices. */

import type { Leaf } from "../../config/deferred";
import { ANNOTATIONS, gatewayRouteName } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { SLOTS } from "../../config/slots";
import { boundGateways, MESH } from "../../config/topics/gateway";
import type { Plan } from "../../plan/plan";
import { objectLabels } from "../labels";
import { hasOwnGatewayRoute, sharesHost } from "./gatewayPart";
import { httpRoutes } from "./httpRoutes";
import { mirrorSubset, mirrors } from "./mirrorRoute";
import { meshRoutes, type Routes } from "./portRoutes";
import { canaryPolicy, trafficPolicy } from "./trafficPolicy";

/**
 * Exports the Service, its subsets and its route to the same namespaces, independent of the mesh's defaults. A client that sees
 * the route but not the subsets gets 503. A client that sees neither gets both versions by number of pods.
 */
const EVERYWHERE = ["*"];

/** Takes over the fields of an object that exists, from whichever field manager owns them. */
export const TAKE_OVER = { "pulumi.com/patchForce": "true" };

/** The Service of both slots. By default it selects only by `app`. A rollout never changes it. */
export function service(config: RolloutConfig, { app, namespace }: Plan) {
    const {
        type,
        selector = { app },
        portName,
        targetPort,
        labels,
        annotations,
        spec,
    } = config.service;
    return {
        apiVersion: "v1" as const,
        kind: "Service" as const,
        metadata: {
            name: app,
            namespace,
            // An existing Service keeps its labels: Helm, for example, recognizes its objects by them.
            labels: { ...(isAdopted(config, "service") ? {} : objectLabels(app)), ...labels },
            annotations: {
                // Otherwise Pulumi waits for endpoints, and a rollback would wait for pods.
                "pulumi.com/skipAwait": "true",
                "networking.istio.io/exportTo": EVERYWHERE.join(","),
                ...annotations,
            },
        },
        spec: {
            ...spec,
            type,
            selector,
            ports: [
                {
                    name: portName ?? config.protocol,
                    appProtocol: config.protocol,
                    port: config.port,
                    // By name, because the slots may listen on different ports.
                    targetPort: targetPort ?? config.protocol,
                    protocol: "TCP",
                },
                ...config.ports.map((one) => ({
                    name: one.name,
                    appProtocol: one.protocol,
                    port: one.port,
                    targetPort: one.targetPort ?? one.port,
                    protocol: "TCP",
                })),
            ],
        },
    };
}

function isAdopted({ adopt }: RolloutConfig, object: RolloutConfig["adopt"][number]): boolean {
    return adopt.includes(object);
}

/** Always declares the subsets of both slots, so that no route can refer to a missing one. */
export function destinationRule(config: RolloutConfig, plan: Plan) {
    const { app, namespace, host, canary } = plan;
    const policy = canaryPolicy(config);
    return {
        apiVersion: "networking.istio.io/v1" as const,
        kind: "DestinationRule" as const,
        metadata: {
            name: app,
            namespace,
            labels: objectLabels(app),
            ...(isAdopted(config, "destinationRule") && { annotations: TAKE_OVER }),
        },
        spec: {
            host,
            exportTo: EVERYWHERE,
            trafficPolicy: trafficPolicy(config),
            subsets: [
                ...SLOTS.map((slot) => ({
                    name: slot,
                    labels: plan.subsets[slot],
                    ...(slot === canary && policy && { trafficPolicy: policy }),
                })),
                ...(mirrors(config) ? [mirrorSubset(config, plan)] : []),
            ],
        },
    };
}

/** Has the same routes with the same destinations at every weight: between phases, only two numbers change. */
export function virtualService(config: RolloutConfig, plan: Plan, release: Leaf<string>) {
    const { app, namespace, host, stable } = plan;

    return {
        apiVersion: "networking.istio.io/v1" as const,
        kind: "VirtualService" as const,
        metadata: {
            name: app,
            namespace,
            labels: objectLabels(app),
            annotations: {
                [ANNOTATIONS.stable]: stable,
                ...(plan.references.length > 0 && {
                    [ANNOTATIONS.workloads]: plan.references.map(({ slot }) => slot).join(","),
                }),
                ...(isAdopted(config, "virtualService") && TAKE_OVER),
            },
        },
        spec: {
            hosts: sharesHost(config) ? [host] : [host, ...config.hosts],
            gateways: hasOwnGatewayRoute(config) ? [MESH] : boundGateways(config),
            exportTo: EVERYWHERE,
            ...meshRoutes(config, plan, release),
        },
    };
}

/** A VirtualService only for gateways. Undefined if one VirtualService serves them and the mesh. */
export function gatewayVirtualService(config: RolloutConfig, plan: Plan, release: Leaf<string>) {
    if (config.routing !== "istio" || !hasOwnGatewayRoute(config)) return undefined;
    const inside = virtualService(config, plan, release);
    const routes: Routes = { http: httpRoutes(config, plan, release, "gateway"), tcp: undefined };
    return {
        ...inside,
        metadata: { ...inside.metadata, name: gatewayRouteName(plan.app) },
        spec: {
            ...inside.spec,
            hosts: config.delegate ? undefined : config.hosts,
            gateways: config.delegate
                ? undefined
                : boundGateways(config).filter((name) => name !== MESH),
            ...routes,
        },
    };
}
