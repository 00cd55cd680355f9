/** The policy pack: one policy per rule. */
import { PolicyPack } from "@pulumi/policy";
import { rules } from "../rollout/rules";
import { asPolicy } from "./asPolicy";

new PolicyPack("istio-canary", { policies: rules.map((rule) => asPolicy(rule)) });
