/** All objects of a rollout as plain Kubernetes manifests, in the order of their creation. */

import { contentHash } from "../config/contentHash";
import { derived } from "../config/deferred";
import type { RolloutConfig } from "../config/rolloutConfig";
import type { Plan } from "../plan/plan";
import { exempted } from "./exemptionAnnotations";
import { gatewayHttpRoute, httpRoute } from "./gatewayApi/apiRoute";
import { slotServices } from "./gatewayApi/slotServices";
import { identity } from "./traffic/accessPolicies";
import { gateway } from "./traffic/ownGateway";
import { requestAuthentication } from "./traffic/requestAuthentication";
import { destinationRule, gatewayVirtualService, service, virtualService } from "./traffic/split";
import { autoscaler, disruptionBudget } from "./workload/autoscaler";
import { configMap, secret } from "./workload/configObjects";
import { deployment, serviceAccount } from "./workload/deployment";

/** The manifests of a rollout, grouped by dependency. In mode replicas, the Istio objects among them are not created. */
export type Manifests = ReturnType<typeof manifestsOf>;

export function manifestsOf(config: RolloutConfig, plan: Plan) {
    const workloads = plan.workloads.map((workload) => ({
        workload,
        serviceAccount: serviceAccount(config, plan, workload),
        configMap: configMap(plan, workload),
        secret: secret(plan, workload),
        deployment: exempted(config, deployment(config, plan, workload)),
        autoscaler: autoscaler(plan, workload),
        disruptionBudget: disruptionBudget(plan, workload),
    }));
    const canary = workloads.find(({ workload }) => workload.slot === plan.canary);
    const release = derived(canary?.deployment.spec.template ?? null, contentHash);
    const gatewayRoute = gatewayVirtualService(config, plan, release);
    const apiRoute = httpRoute(config, plan, release);
    const gatewayApiRoute = gatewayHttpRoute(config, plan, release);
    return {
        mode: config.mode,
        namespace: config.createNamespace ? namespace(config) : undefined,
        ...identity(config, plan),
        service: exempted(config, service(config, plan)),
        destinationRule: exempted(config, destinationRule(config, plan)),
        slotServices: slotServices(config, plan).map((one) => ({
            slot: one.slot,
            service: exempted(config, one.service),
            destinationRule: exempted(config, one.destinationRule),
        })),
        gateway: gateway(config, plan),
        requestAuthentication: requestAuthentication(config, plan),
        workloads,
        gatewayVirtualService: gatewayRoute && exempted(config, gatewayRoute),
        /** Created unless there is an HTTPRoute. */
        virtualService: exempted(config, virtualService(config, plan, release)),
        httpRoute: apiRoute && exempted(config, apiRoute),
        gatewayHttpRoute: gatewayApiRoute && exempted(config, gatewayApiRoute),
    };
}

/** The manifests that are created, as a list. A Deployment lacks the replicas that an autoscaler sets. */
export function manifestList(manifests: Manifests) {
    return [
        ...present(manifests.namespace),
        ...present(manifests.peerAuthentication),
        ...present(manifests.authorizationPolicy),
        manifests.service,
        ...(manifests.mode === "istio" ? [manifests.destinationRule] : []),
        ...(manifests.httpRoute === undefined
            ? []
            : manifests.slotServices.flatMap((one) => [one.service, one.destinationRule])),
        ...present(manifests.gateway),
        ...present(manifests.requestAuthentication),
        ...manifests.workloads.flatMap((part) => [
            part.serviceAccount,
            ...present(part.configMap),
            ...present(part.secret),
            isAutoscaled(part.workload) ? withoutReplicas(part.deployment) : part.deployment,
            ...present(part.autoscaler),
            ...present(part.disruptionBudget),
        ]),
        ...present(manifests.gatewayVirtualService),
        ...present(manifests.gatewayHttpRoute),
        ...(manifests.mode === "istio" ? [manifests.httpRoute ?? manifests.virtualService] : []),
    ];
}

/** An update writes the initial number only when it creates the Deployment. */
export function isAutoscaled({
    version,
}: {
    readonly version: { readonly autoscaling?: unknown };
}): boolean {
    return version.autoscaling !== undefined;
}

function withoutReplicas(deployment: Manifests["workloads"][number]["deployment"]) {
    const { replicas: _, ...spec } = deployment.spec;
    return { ...deployment, spec };
}

function present<Manifest>(manifest: Manifest | undefined): Manifest[] {
    return manifest === undefined ? [] : [manifest];
}

function namespace({ mode, namespace, revision }: RolloutConfig) {
    const labels: Record<string, string> = { "app.kubernetes.io/managed-by": "pulumi" };
    if (mode === "istio") {
        if (revision === "") labels["istio-injection"] = "enabled";
        else labels["istio.io/rev"] = revision;
    }
    return {
        apiVersion: "v1" as const,
        kind: "Namespace" as const,
        metadata: { name: namespace, labels },
    };
}
