// Manifests beside a rollout, written by hand: a route without the safeguards, and extra pods.
const apiVersion = "networking.istio.io/v1beta1";
const subset = (version: string) => ({ name: version, labels: { version } });
const half = (version: string) => ({
    destination: { host: "by-hand", subset: version },
    weight: 50,
});

/** Another Service and route for the app's pods, with weights and retries but no timeout and no retry budget. */
export const unboundedRoute = (namespace: string) => [
    {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "by-hand", namespace },
        spec: {
            selector: { app: "web" },
            ports: [{ name: "http", port: 80, targetPort: 8080 }],
        },
    },
    {
        apiVersion,
        kind: "DestinationRule",
        metadata: { name: "by-hand", namespace },
        spec: { host: "by-hand", subsets: [subset("v1"), subset("v2")] },
    },
    {
        apiVersion,
        kind: "VirtualService",
        metadata: { name: "by-hand", namespace },
        spec: {
            hosts: ["by-hand"],
            http: [
                {
                    route: [half("v1"), half("v2")],
                    retries: { attempts: 3, perTryTimeout: "300ms", retryOn: "5xx" },
                },
            ],
        },
    },
];

/** Another pod of web-v1. `answer`: Fortio parameters for its responses. */
export const extraPod = (
    namespace: string,
    name: string,
    answer: string,
    labels: Record<string, string> = {},
) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
        name,
        namespace,
        labels: { app: "web", version: "v1", "sidecar.istio.io/inject": "true", ...labels },
    },
    spec: {
        // With another identity, the client's sidecar would rebuild the cluster and lose its ejections.
        serviceAccountName: "web-v1",
        terminationGracePeriodSeconds: 1,
        containers: [
            {
                name: "web",
                image: "sandbox/fortio:1.68.1",
                imagePullPolicy: "IfNotPresent",
                command: ["fortio", "server", "-http-port=8080", "-grpc-port=disabled"],
                args: ["-redirect-port=disabled", `-echo-server-default-params=${answer}`],
                ports: [{ name: "http", containerPort: 8080 }],
            },
        ],
    },
});
