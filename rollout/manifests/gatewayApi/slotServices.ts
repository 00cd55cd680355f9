/** A Service and a DestinationRule for each slot: backends of an HTTPRoute, which cannot name a subset. */

import { serviceHost, workloadName } from "../../config/names";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { SLOTS, type Slot } from "../../config/slots";
import type { Plan } from "../../plan/plan";
import { objectLabels, selectorLabels } from "../labels";
import { destinationRule, service } from "../traffic/split";
import { canaryPolicy, trafficPolicy } from "../traffic/trafficPolicy";

/** Those of both slots, so that no route can refer to a missing one. Created if the route is an HTTPRoute. */
export function slotServices(config: RolloutConfig, plan: Plan) {
    return SLOTS.map((slot) => ({
        slot,
        service: slotService(config, plan, slot),
        destinationRule: slotPolicy(config, plan, slot),
    }));
}

/** Has the port of the shared Service, and none of the settings for callers outside the mesh. */
function slotService(config: RolloutConfig, plan: Plan, slot: Slot) {
    const { app, namespace } = plan;
    const shared = service({ ...config, service: { ...config.service, annotations: {} } }, plan);
    return {
        ...shared,
        metadata: {
            name: workloadName(app, slot),
            namespace,
            labels: objectLabels(app, slot),
            annotations: shared.metadata.annotations,
        },
        spec: {
            type: "ClusterIP" as const,
            selector: { ...shared.spec.selector, ...selectorLabels(app, slot) },
            ports: shared.spec.ports,
        },
    };
}

/** The limits of the shared host's subset. */
function slotPolicy(config: RolloutConfig, plan: Plan, slot: Slot) {
    const { app, namespace, canary } = plan;
    const shared = destinationRule({ ...config, adopt: [] }, plan);
    const name = workloadName(app, slot);
    return {
        ...shared,
        metadata: { name, namespace, labels: objectLabels(app, slot) },
        spec: {
            host: serviceHost(name, namespace, config.clusterDomain),
            exportTo: shared.spec.exportTo,
            trafficPolicy: {
                ...trafficPolicy(config),
                ...(slot === canary && canaryPolicy(config)),
            },
        },
    };
}
