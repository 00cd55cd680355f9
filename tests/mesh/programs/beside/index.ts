// A rollout whose logical name and arguments are config.
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout } from "../../../../components";

const config = new pulumi.Config();
const aliases = config.getObject<string[]>("aliases") ?? [];
new CanaryRollout(config.require("name"), config.requireObject("args"), { aliases });
