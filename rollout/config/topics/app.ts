/** Config: the app and its Service. */
import { boolean, dnsLabel, doc, duration, integer, oneOf, pattern } from "../fields";
import { key } from "../key";
import { CLUSTER_DOMAIN } from "../names";

export const PROTOCOLS = ["http", "http2", "grpc", "tcp"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const appKeys = {
    app: key(
        // Leaves room for "-v1" and the suffix of a pod's name within 63 characters.
        doc(dnsLabel(40), "Name of the app's Service, and value of the label `app`."),
    ),
    namespace: key(doc(dnsLabel(), "Namespace of the rollout's objects.")),
    createNamespace: key(
        doc(
            boolean().default(false),
            "Create the namespace and enable sidecar injection in it. `pulumi destroy` then deletes the namespace and everything in it.",
        ),
    ),
    // "" instead of optional, because Pulumi requires every key of Pulumi.yaml that has no default.
    revision: key(
        doc(
            pattern(
                /^([a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?)?$/,
                'the name of an Istio revision, or ""',
            ).default(""),
            "Istio revision for a namespace that `createNamespace` creates: its label is `istio.io/rev` instead of `istio-injection`.",
            "none",
        ),
    ),
    clusterDomain: key(
        doc(
            pattern(
                /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
                'a DNS domain, such as "cluster.local"',
            ).default(CLUSTER_DOMAIN),
            "DNS domain of the cluster, the end of the Service's fully qualified name.",
        ),
    ),
    port: key(doc(integer(1, 65_535).default(80), "Port of the Service.")),
    protocol: key(
        doc(
            oneOf(PROTOCOLS).default("http"),
            "Protocol of the application. The Service's port is named after it, which is how Istio detects the protocol. With `tcp`, the weight splits connections instead of requests.",
        ),
    ),
    drain: key(
        doc(
            duration("1s", "5m", true).default("10s"),
            "How long a pod keeps serving requests after Kubernetes starts to terminate it.",
        ),
    ),
};
