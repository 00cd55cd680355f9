/** Config: the app, and how its Service is reached inside the cluster. */
import { boolean, dnsLabel, doc, duration, integer, oneOf } from "../fields";
import { key } from "../key";

export const PROTOCOLS = ["http", "http2", "grpc", "tcp"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const appKeys = {
    app: key(
        // "-v1" and the suffix of a pod's name must still fit into 63 characters.
        doc(dnsLabel(40), "Name of the Service, and value of the label `app`."),
    ),
    namespace: key(doc(dnsLabel(), "Namespace of every object.")),
    createNamespace: key(
        doc(
            boolean().default(false),
            "Create the namespace, with sidecar injection enabled. `pulumi destroy` then deletes it and everything in it.",
        ),
    ),
    port: key(doc(integer(1, 65_535).default(80), "Port of the Service.")),
    protocol: key(
        doc(
            oneOf(PROTOCOLS).default("http"),
            "Protocol of the application; Istio reads it from the port's name. With `tcp`, the weight splits connections.",
        ),
    ),
    drain: key(
        doc(
            duration("1s", "5m", true).default("10s"),
            "How long a pod keeps serving after Kubernetes tells it to stop.",
        ),
    ),
};
