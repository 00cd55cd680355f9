// The driver of a rollout as a Job; its journals and the stacks' state are on one claim.
import * as pulumi from "@pulumi/pulumi";
import { CanaryDriver } from "../../../../components";

const config = new pulumi.Config();

new CanaryDriver("web-driver", {
    app: "web",
    namespace: config.require("namespace"),
    image: config.require("image"),
    stack: config.require("stack"),
    backendUrl: "file:///state",
    secretNames: ["pulumi"],
    env: { PROMETHEUS_URL: config.require("prometheus") },
    claimName: "rollouts",
});
