// A rollout that every namespace sees, or of which others see less.
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout } from "../../../../components";

const config = new pulumi.Config();
/** Kinds that only the rollout's own namespace sees, as where the mesh's default says so; by default none. */
const hidden = config.getObject<string[]>("hidden") ?? [];

const version = (name: string) => ({
    image: "sandbox/fortio:1.68.1",
    command: ["fortio"],
    args: [
        ...["server", "-http-port=8080", "-grpc-port=disabled", "-tcp-port=disabled"],
        ...["-udp-port=disabled", "-redirect-port=disabled", "-ui-path=", "-loglevel=error"],
        `-echo-server-default-params=header=X-Version:${name}`,
    ],
    probes: { readiness: { tcpSocket: {}, periodSeconds: 1 } },
    securityContext: { runAsUser: 65532 },
});
const hide: pulumi.ResourceTransformation = ({ type, props, opts }) => {
    const kind = type.split(":").at(-1) ?? "";
    if (!hidden.includes(kind)) return undefined;
    const { metadata, spec } = props;
    const annotations = { ...metadata.annotations, "networking.istio.io/exportTo": "." };
    const change =
        kind === "Service"
            ? { metadata: { ...metadata, annotations } }
            : { spec: { ...spec, exportTo: ["."] } };
    return { props: { ...props, ...change }, opts };
};
new CanaryRollout(
    "web",
    {
        app: "web",
        namespace: config.require("namespace"),
        versions: { v1: version("v1"), v2: version("v2") },
        weight: config.requireNumber("weight"),
        drain: "1s",
    },
    { transformations: [hide] },
);
