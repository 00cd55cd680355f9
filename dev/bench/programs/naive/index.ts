// A canary as the articles' manifests have it, written as a first Pulumi program: no component, no policy, no evidence.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const namespace = config.require("namespace");
const weight = config.requireNumber("weight");
const image = config.require("image");

const ns = new k8s.core.v1.Namespace("namespace", {
    metadata: { name: namespace, labels: { "istio-injection": "enabled" } },
});

function deployment(version: string, replicas: number) {
    const labels = { app: "web", version };
    return new k8s.apps.v1.Deployment(
        `web-${version}`,
        {
            metadata: { name: `web-${version}`, namespace, labels },
            spec: {
                replicas,
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        containers: [
                            {
                                name: "web",
                                image,
                                imagePullPolicy: "IfNotPresent",
                                command: ["fortio"],
                                args: [
                                    "server",
                                    "-http-port=8080",
                                    "-grpc-port=disabled",
                                    "-tcp-port=disabled",
                                    "-udp-port=disabled",
                                    "-redirect-port=disabled",
                                    "-ui-path=",
                                    "-loglevel=error",
                                    `-echo-server-default-params=header=X-Version:${version}`,
                                ],
                                ports: [{ containerPort: 8080 }],
                                readinessProbe: {
                                    httpGet: { path: "/?status=200", port: 8080 },
                                    periodSeconds: 1,
                                },
                            },
                        ],
                    },
                },
            },
        },
        { dependsOn: [ns] },
    );
}

const v1 = deployment("v1", 3);
const v2 = deployment("v2", 1);

const service = new k8s.core.v1.Service(
    "web",
    {
        metadata: { name: "web", namespace },
        spec: {
            selector: { app: "web" },
            ports: [{ name: "http", port: 80, targetPort: 8080 }],
        },
    },
    { dependsOn: [v1, v2] },
);

const destinationRule = new k8s.apiextensions.CustomResource(
    "web-rule",
    {
        apiVersion: "networking.istio.io/v1beta1",
        kind: "DestinationRule",
        metadata: { name: "web", namespace },
        spec: {
            host: "web",
            trafficPolicy: {
                connectionPool: {
                    tcp: { maxConnections: 100 },
                    http: { http1MaxPendingRequests: 50 },
                },
                outlierDetection: {
                    consecutive5xxErrors: 5,
                    interval: "30s",
                    baseEjectionTime: "30s",
                },
            },
            subsets: [
                { name: "v1", labels: { version: "v1" } },
                { name: "v2", labels: { version: "v2" } },
            ],
        },
    },
    { dependsOn: [service] },
);

new k8s.apiextensions.CustomResource(
    "web-route",
    {
        apiVersion: "networking.istio.io/v1beta1",
        kind: "VirtualService",
        metadata: { name: "web", namespace },
        spec: {
            hosts: ["web"],
            http: [
                {
                    route: [
                        { destination: { host: "web", subset: "v1" }, weight: 100 - weight },
                        { destination: { host: "web", subset: "v2" }, weight },
                    ],
                },
            ],
        },
    },
    { dependsOn: [destinationRule] },
);
