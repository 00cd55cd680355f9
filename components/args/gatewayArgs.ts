/** The arguments of CanaryRollout that are about callers from outside of the mesh. */

/** A Gateway of the rollout's own, named after the app; `tls` makes it. */
export interface GatewayOwnArgs {
    readonly tls?: {
        /** TLS Secret in the namespace of the gateway's pods. */
        readonly credentialName: string;
        /** Oldest version of TLS that it speaks. Default "1.2". */
        readonly minVersion?: "1.2" | "1.3";
    };
    /** What becomes of http://: sent to https://, or not listened to. Default "redirect". */
    readonly plaintext?: "redirect" | "closed";
    /** Labels of the gateway's pods. Default `{ istio: "ingressgateway" }`. */
    readonly selector?: Record<string, string>;
}

export interface GatewayArgs {
    /** Full names by which callers outside know the app; inside they work too. Default none. */
    readonly hosts?: string[];
    /** What the route is bound to: "mesh", which must be there, and existing Gateways as "namespace/name". Default ["mesh"]. */
    readonly gateways?: string[];
    /** A Gateway to make. Default none. */
    readonly gateway?: GatewayOwnArgs;
}
