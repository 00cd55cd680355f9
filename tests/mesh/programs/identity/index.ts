// The rollout `web` forwards each request to `ratings`, and on another port to `stock`; these let in whom their allow-lists name.
import { security } from "@pulumi/kubernetes-istio";
import * as pulumi from "@pulumi/pulumi";
import { bothPrincipals, CanaryRollout } from "../../../../components";

const config = new pulumi.Config();
const namespace = config.require("namespace");
/** `stable`: the mistake, an allow-list made when there was no canary. `either`: with the helper. */
const allowed = config.require("allowed");

const version = {
    image: "sandbox/fortio:1.68.1",
    command: ["fortio"],
    args: [
        ...["server", "-http-port=disabled", "-grpc-port=disabled", "-tcp-port=disabled"],
        ...["-udp-port=disabled", "-redirect-port=disabled", "-loglevel=error"],
        ...["-M", `8080 http://ratings.${namespace}.svc.cluster.local/`],
        ...["-M", `8081 http://stock.${namespace}.svc.cluster.local/`],
    ],
    // The forwarding port answers with what ratings says: whether it listens is all that counts here.
    probes: { readiness: { tcpSocket: {}, periodSeconds: 1 } },
    securityContext: { runAsUser: 65532 },
};
const web = new CanaryRollout("web", {
    app: "web",
    namespace,
    versions: { v1: version, v2: version },
    weight: 50,
    drain: "1s",
});
const source =
    allowed === "either" ? bothPrincipals(web) : { source: { principals: [web.principals.v1] } };
for (const app of ["ratings", "stock"]) {
    new security.v1.AuthorizationPolicy(app, {
        metadata: { name: app, namespace },
        spec: {
            selector: { matchLabels: { app } },
            action: "ALLOW",
            rules: [{ from: [source] }],
        },
    });
}
export const principals = web.principals;
