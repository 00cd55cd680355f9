/** The policy pack: one policy that runs all rules, and one per rule for its level, options and findings. */
import "./postponed";
import { PolicyPack } from "@pulumi/policy";
import { PACK, rules } from "../rollout/rules";
import { packPolicies } from "./packPolicies";

new PolicyPack(PACK, { policies: packPolicies(rules) });
