// Objects beside a rollout, written by hand: what it would be like without its safeguards, and odd pods.
const apiVersion = "networking.istio.io/v1beta1";
const subset = (version: string) => ({ name: version, labels: { version } });
const half = (version: string) => ({
    destination: { host: "by-hand", subset: version },
    weight: 50,
});

/** An app's pods under another name, routed as it is often written: weights and retries, but no timeout and no budget. */
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

/** One more pod of web-v1; `answer` are Fortio's parameters for what it answers. */
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
        // Another identity would be another cluster to the client's sidecar, which forgets its ejections.
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
