// A VirtualService as people write it by hand: no timeout.
import * as k8s from "@pulumi/kubernetes";

new k8s.apiextensions.CustomResource("reviews", {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "VirtualService",
    metadata: { name: "reviews", namespace: "default" },
    spec: {
        hosts: ["reviews"],
        http: [{ route: [{ destination: { host: "reviews" } }] }],
    },
});
