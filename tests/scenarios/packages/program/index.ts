// A program of somebody else's: an installed component, and an image that another resource decides.
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout } from "istio-canary";

const config = new pulumi.Config();
const image = pulumi.output(Promise.resolve(config.require("image")));
const version = (name: string) => ({
    image,
    imagePullPolicy: "IfNotPresent" as const,
    replicas: 1,
    command: ["fortio"],
    args: [
        ...["server", "-http-port=8080", "-grpc-port=disabled", "-tcp-port=disabled"],
        ...["-udp-port=disabled", "-redirect-port=disabled", "-ui-path=", "-loglevel=error"],
        `-echo-server-default-params=header=X-Version:${name}`,
    ],
    probes: { readiness: { httpGet: { path: "/?status=200" }, periodSeconds: 1 } },
    securityContext: { runAsUser: 65532 },
});

const web = new CanaryRollout("web", {
    app: "web",
    namespace: config.require("namespace"),
    createNamespace: true,
    drain: "1s",
    versions: { v1: version("v1"), v2: version("v2") },
});

export const host = web.host;
