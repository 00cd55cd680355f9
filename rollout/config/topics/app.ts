/** Config: the app and its Service. */
import { boolean, dnsLabel, doc, duration, integer, oneOf } from "../fields";
import { key } from "../key";

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
