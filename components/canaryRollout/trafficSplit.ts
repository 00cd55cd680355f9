/** The subsets, the way in, and the route between the subsets: make before break, by the order of resources. */

import kubernetes from "@pulumi/kubernetes/package.json";
import { networking, security } from "@pulumi/kubernetes-istio";
import * as pulumi from "@pulumi/pulumi";
import { TYPES } from "../../rollout/config/names";
import type { Manifests } from "../../rollout/manifests/manifests";
import type { Resolved } from "./inputs";

type Objects = Resolved<Manifests>;

export interface TrafficSplitArgs {
    readonly destinationRule: Objects["destinationRule"];
    readonly virtualService: Objects["virtualService"];
    /** The rollout's own; default none. */
    readonly gateway?: Objects["gateway"];
    /** Where the gateways' pods check tokens; default nowhere. */
    readonly requestAuthentication?: Objects["requestAuthentication"];
    /** The gateways' own route; default none. */
    readonly gatewayVirtualService?: Objects["gatewayVirtualService"];
    /** What both wait for: the namespace, where the rollout makes it. Default nothing. */
    readonly after?: pulumi.Resource[];
    /** What the route waits for besides: the canary's Deployment, or nothing at weight 0. Default nothing. */
    readonly routeAfter?: Promise<pulumi.Resource[]>;
}

/** A DestinationRule with both subsets, perhaps a Gateway, and the VirtualService that needs them: made after them, deleted before them. */
export class TrafficSplit extends pulumi.ComponentResource {
    readonly destinationRule: networking.v1.DestinationRule;
    readonly virtualService: networking.v1.VirtualService;
    readonly gateway: networking.v1.Gateway | undefined;

    constructor(name: string, args: TrafficSplitArgs, opts?: pulumi.ComponentResourceOptions) {
        const { type: token, alias } = TYPES.trafficSplit;
        super(token, name, {}, pulumi.mergeOptions(opts, { aliases: [{ type: alias }] }));
        const { after = [], routeAfter } = args;
        // One provider for all: the typed Istio resources would ask for the release that they were generated for.
        const istio = { parent: this, version: kubernetes.version };
        this.destinationRule = new networking.v1.DestinationRule(
            `${name}-destination-rule`,
            args.destinationRule,
            { ...istio, dependsOn: after },
        );
        this.gateway =
            args.gateway &&
            new networking.v1.Gateway(`${name}-gateway`, args.gateway, {
                ...istio,
                dependsOn: after,
            });
        const before: pulumi.Resource[] = [...after, this.destinationRule];
        if (this.gateway) before.push(this.gateway);
        if (args.requestAuthentication) {
            const { requestAuthentication } = args;
            const options = { ...istio, dependsOn: after };
            const type = security.v1.RequestAuthentication;
            before.push(new type(`${name}-jwt`, requestAuthentication, options));
        }
        if (args.gatewayVirtualService) {
            const { gatewayVirtualService } = args;
            const options = { ...istio, dependsOn: together([...before], routeAfter) };
            const type = networking.v1.VirtualService;
            // Before the route inside leaves the gateways to it.
            before.push(new type(`${name}-gateway-route`, gatewayVirtualService, options));
        }
        this.virtualService = new networking.v1.VirtualService(
            `${name}-virtual-service`,
            args.virtualService,
            {
                ...istio,
                dependsOn: together(before, routeAfter),
            },
        );
        this.registerOutputs({});
    }
}

async function together(known: pulumi.Resource[], promised?: Promise<pulumi.Resource[]>) {
    return [...known, ...((await promised) ?? [])];
}
