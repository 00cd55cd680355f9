// A rollout, with the safeguard or without: every namespace sees its subsets, or only its own does.
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout } from "../../../../components";

const config = new pulumi.Config();
/** `own`: the mistake, as where the mesh's defaultDestinationRuleExportTo is ".". `all`: as the component makes it. */
const seenBy = config.require("seenBy");

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
const onlyOwn: pulumi.ResourceTransformation = ({ type, props, opts }) =>
    type.endsWith(":DestinationRule")
        ? { props: { ...props, spec: { ...props.spec, exportTo: ["."] } }, opts }
        : undefined;
new CanaryRollout(
    "web",
    {
        app: "web",
        namespace: config.require("namespace"),
        versions: { v1: version("v1"), v2: version("v2") },
        weight: 50,
        drain: "1s",
    },
    { transformations: seenBy === "own" ? [onlyOwn] : [] },
);
