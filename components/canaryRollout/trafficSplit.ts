/** The DestinationRules, the Gateway and the routes, ordered by dependencies: make before break. */

import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as core from "@pulumi/kubernetes/core/v1";
import kubernetes from "@pulumi/kubernetes/package.json";
import { networking, security } from "@pulumi/kubernetes-istio";
import * as pulumi from "@pulumi/pulumi";
import { TYPES } from "../../rollout/config/names";
import type { RolloutConfig } from "../../rollout/config/rolloutConfig";
import type { Manifests } from "../../rollout/manifests/manifests";
import { finished, withPromised } from "./dependencies";
import type { Resolved } from "./inputs";

type Objects = Resolved<Manifests>;

/** Milliseconds that istiod gets to send the subsets to callers' proxies: no API says when they have them. */
const PROPAGATION = 5_000;

/** For objects that `pulumi destroy` leaves in the cluster. */
export const RETAINED = { retainOnDelete: true } as const;

export interface TrafficSplitArgs {
    readonly destinationRule: Objects["destinationRule"];
    readonly virtualService: Objects["virtualService"];
    /** The HTTPRoute, instead of the VirtualService. Default: none. */
    readonly httpRoute?: Objects["httpRoute"];
    /** HTTPRoute only for gateways. Default: none. */
    readonly gatewayHttpRoute?: Objects["gatewayHttpRoute"];
    /** Backends of the HTTPRoute, and their DestinationRules. Default: none. */
    readonly slotServices?: Objects["slotServices"];
    /**
     * Whether a rollout without HTTPRoute keeps them for this update: callers' proxies would lose the backends before they
     * have the new route. Default: no.
     */
    readonly keepsBackends?: Promise<boolean>;
    /** The Gateway that the rollout creates. Default: none. */
    readonly gateway?: Objects["gateway"];
    /** Validates JWTs at the gateway's pods. Default: none. */
    readonly requestAuthentication?: Objects["requestAuthentication"];
    /** VirtualService only for gateways. Default: none. */
    readonly gatewayVirtualService?: Objects["gatewayVirtualService"];
    /** Dependencies of all objects: the namespace, if the rollout creates it. Default: none. */
    readonly after?: pulumi.Resource[];
    /** Objects that the cluster had before the rollout. Default: none. */
    readonly adopt?: RolloutConfig["adopt"];
    /** Additional dependencies of the DestinationRule, and so of the VirtualServices. Default: none. */
    readonly firstAfter?: Promise<pulumi.Resource[]>;
    /** Additional dependencies of the VirtualServices: Deployments that must be ready first. Default: none. */
    readonly routeAfter?: Promise<pulumi.Resource[]>;
    /** Whether the VirtualServices wait until callers' proxies have the DestinationRule. Default: no. */
    readonly pauses?: Promise<boolean>;
}

/** Creates the route after the Services, DestinationRules and Gateway that it refers to, and deletes it before them. */
export class TrafficSplit extends pulumi.ComponentResource {
    readonly destinationRule: networking.v1.DestinationRule;
    /** The VirtualService or the HTTPRoute. */
    readonly route: pulumi.Resource;
    /** The Services and DestinationRules of the slots. */
    readonly backends: readonly pulumi.Resource[];
    readonly gateway: networking.v1.Gateway | undefined;

    constructor(name: string, args: TrafficSplitArgs, opts?: pulumi.ComponentResourceOptions) {
        const { type: token, alias } = TYPES.trafficSplit;
        super(token, name, {}, pulumi.mergeOptions(opts, { aliases: [{ type: alias }] }));
        const { after = [], firstAfter, adopt = [] } = args;
        // Otherwise the typed Istio resources request the provider version that they were generated for, a second provider.
        const istio = { parent: this, version: kubernetes.version };
        this.destinationRule = new networking.v1.DestinationRule(
            `${name}-destination-rule`,
            args.destinationRule,
            {
                ...istio,
                dependsOn: withPromised(after, firstAfter),
                ...(adopt.includes("destinationRule") && RETAINED),
            },
        );
        const createBackends = () => this.createBackends(name, args);
        this.backends = args.httpRoute ? createBackends() : [];
        if (!args.httpRoute) void args.keepsBackends?.then((keeps) => keeps && createBackends());
        this.gateway =
            args.gateway &&
            new networking.v1.Gateway(`${name}-gateway`, args.gateway, {
                ...istio,
                dependsOn: after,
            });
        const routeAfter = this.propagated(args.pauses).then(() => args.routeAfter ?? []);
        const before: pulumi.Resource[] = [...after, this.destinationRule, ...this.backends];
        if (this.gateway) before.push(this.gateway);
        if (args.requestAuthentication) {
            const { requestAuthentication } = args;
            const options = { ...istio, dependsOn: after };
            const type = security.v1.RequestAuthentication;
            before.push(new type(`${name}-jwt`, requestAuthentication, options));
        }
        // The mesh's route stops serving the gateways, so it must change after this one.
        const { gatewayVirtualService, gatewayHttpRoute } = args;
        const options = { ...istio, dependsOn: withPromised([...before], routeAfter) };
        if (gatewayVirtualService) {
            const type = networking.v1.VirtualService;
            before.push(new type(`${name}-gateway-route`, gatewayVirtualService, options));
        }
        if (gatewayHttpRoute) {
            const outside = `${name}-gateway-http-route`;
            before.push(new CustomResource(outside, gatewayHttpRoute, options));
        }
        const dependsOn = withPromised(before, routeAfter);
        this.route = args.httpRoute
            ? new CustomResource(`${name}-http-route`, args.httpRoute, {
                  ...istio,
                  dependsOn,
                  ...(adopt.includes("httpRoute") && RETAINED),
              })
            : new networking.v1.VirtualService(`${name}-virtual-service`, args.virtualService, {
                  ...istio,
                  dependsOn,
                  ...(adopt.includes("virtualService") && RETAINED),
              });
        this.registerOutputs({});
    }

    private createBackends(name: string, args: TrafficSplitArgs): pulumi.Resource[] {
        const { after = [], firstAfter, slotServices = [] } = args;
        return slotServices.flatMap(({ slot, service, destinationRule }) => {
            const options = { parent: this, dependsOn: withPromised(after, firstAfter) };
            const rule = networking.v1.DestinationRule;
            return [
                new core.Service(`${name}-${slot}-service`, service, options),
                new rule(`${name}-${slot}-rule`, destinationRule, {
                    ...options,
                    version: kubernetes.version,
                }),
            ];
        });
    }

    private async propagated(pauses: Promise<boolean> | undefined): Promise<void> {
        if (!(await pauses) || pulumi.runtime.isDryRun()) return;
        await Promise.all([this.destinationRule, ...this.backends].map(finished));
        const seconds = PROPAGATION / 1_000;
        void pulumi.log.info(
            `The first route waits ${seconds} s, until callers' proxies have its subsets.`,
            this,
        );
        await new Promise((resolve) => setTimeout(resolve, PROPAGATION));
    }
}
