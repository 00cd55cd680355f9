// Manifests of the load generator: k6 with a script, in its own namespace.

export interface ClientPod {
    readonly namespace: string;
    readonly image: string;
    readonly script: { readonly name: string; readonly text: string };
    /** More flags of `k6 run`; the ones for a plain-line log are always set. */
    readonly flags?: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    /** No sidecar. Default: `false`. */
    readonly plain?: boolean;
}

/** Namespace, ConfigMap and Pod `client`; its container `k6` logs what the script prints, line by line. */
export function clientPod(pod: ClientPod): object[] {
    const { namespace, image, script, flags = [], env, plain = false } = pod;
    const injection = plain ? "disabled" : "enabled";
    return [
        {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: namespace, labels: { "istio-injection": injection } },
        },
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "load", namespace },
            data: { [script.name]: script.text },
        },
        {
            apiVersion: "v1",
            kind: "Pod",
            metadata: {
                name: "client",
                namespace,
                labels: { app: "client", version: "v1" },
                annotations: {
                    "proxy.istio.io/config": "holdApplicationUntilProxyStarts: true",
                },
            },
            spec: {
                restartPolicy: "Never",
                terminationGracePeriodSeconds: 1,
                containers: [
                    {
                        name: "k6",
                        image,
                        command: ["k6", "run", "--quiet", "--no-usage-report"],
                        args: [
                            ...flags,
                            "--log-format=raw",
                            "--log-output=stdout",
                            `/load/${script.name}`,
                        ],
                        env: Object.entries(env).map(([name, value]) => ({ name, value })),
                        volumeMounts: [{ name: "load", mountPath: "/load" }],
                    },
                ],
                volumes: [{ name: "load", configMap: { name: "load" } }],
            },
        },
    ];
}
