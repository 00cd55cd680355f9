// A program of somebody else's: two rollouts in two namespaces, an image from an Output, and a resource in between.
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout } from "istio-canary";

const config = new pulumi.Config();
const namespace = config.require("namespace");
const image = config.require("image");

const version = (name: string, image: pulumi.Input<string>) => ({
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
const common = { createNamespace: true, drain: "1s" };

const web = new CanaryRollout("web", {
    ...common,
    app: "web",
    namespace,
    versions: { v1: version("v1", image), v2: version("v2", image) },
});

const settings = new kubernetes.core.v1.ConfigMap(
    "settings",
    { metadata: { name: "settings", namespace }, data: { image } },
    { dependsOn: web },
);
const fromSettings = settings.data.apply((data) => data.image ?? "");

new CanaryRollout("orders", {
    ...common,
    app: "web",
    namespace: `${namespace}-orders`,
    versions: { v1: version("v1", fromSettings), v2: version("v2", fromSettings) },
});

export const host = web.host;
