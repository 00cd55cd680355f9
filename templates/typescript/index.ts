import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout } from "istio-canary";

const config = new pulumi.Config();

// It has no `weight`, so the config key `weight` applies: pulumi config set weight 10
const web = new CanaryRollout("web", {
    app: "web",
    namespace: config.require("namespace"),
    versions: {
        v1: { image: config.require("image"), replicas: 2 },
        v2: { image: config.require("canaryImage"), replicas: 2 },
    },
});

/** The host that clients call. */
export const host = web.host;
