// The component in a program that adds to it what config does not know.
import { CanaryRollout } from "../../../../components";

new CanaryRollout(
    "web",
    { app: "web", namespace: "default", versions: { v1: { image: "web:1" } } },
    {
        transforms: [
            ({ type, props, opts }) =>
                type === "kubernetes:apps/v1:Deployment"
                    ? { props: { ...props, spec: { ...props.spec, minReadySeconds: 5 } }, opts }
                    : undefined,
        ],
    },
);
