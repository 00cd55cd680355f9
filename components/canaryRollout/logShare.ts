/** Says in preview and update what a weight comes to in mode replicas. */
import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../../rollout/plan/plan";
import { shareText } from "../../rollout/plan/reachableShare";

/** A warning when the pods are too few for the weight, else a note; nothing in mode istio. */
export function sayShare(plan: Plan, rollout: pulumi.Resource): void {
    const said = shareText(plan);
    if (said === undefined) return;
    void (said.coarse ? pulumi.log.warn : pulumi.log.info)(said.text, rollout);
}
