/** The resources that say who may come in. */
import kubernetes from "@pulumi/kubernetes/package.json";
import { security } from "@pulumi/kubernetes-istio";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifests } from "../../rollout/manifests/manifests";

/** Makes those that the config asks for. */
export function createIdentity(
    name: string,
    { peerAuthentication, authorizationPolicy }: Manifests,
    opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    // One provider for all, as in trafficSplit.ts.
    const istio = { ...opts, version: kubernetes.version };
    const made: pulumi.Resource[] = [];
    if (peerAuthentication) {
        const peers = `${name}-peer-authentication`;
        made.push(new security.v1.PeerAuthentication(peers, peerAuthentication, istio));
    }
    if (authorizationPolicy) {
        const callers = `${name}-authorization-policy`;
        made.push(new security.v1.AuthorizationPolicy(callers, authorizationPolicy, istio));
    }
    return made;
}
