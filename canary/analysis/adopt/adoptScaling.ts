/** The live number of pods, autoscaler and disruption budget as config. */
import { at, items, textAt } from "../../../rollout/config/unknown";
import type { Manifest } from "../../../rollout/rules/rule";
import { type AdoptFinding, finding } from "./finding";
import type { LiveApp } from "./liveApp";

/** Replicas, autoscaling and disruptionBudget of the version. */
export function adoptScaling({ deployment, autoscaler, budget }: LiveApp) {
    const replicas = Number(at(deployment, "spec", "replicas") ?? 1);
    const findings: AdoptFinding[] = [];
    const scaling: Record<string, unknown> = { replicas };
    if (autoscaler !== undefined) {
        const scaledObject = scaledObjectOf(autoscaler);
        if (scaledObject === undefined) {
            scaling.autoscaling = autoscalingOf(autoscaler);
            findings.push(finding("taken", autoscaler, "`autoscaling` of the version"));
        } else {
            const text = `KEDA's ScaledObject ${scaledObject} owns it, and names one Deployment. After the last step, create a ScaledObject for the Deployment of each slot, and set \`autoscaling: {external: true}\` of both versions`;
            findings.push(finding("manual", autoscaler, text));
        }
    }
    if (budget !== undefined) {
        const most = at(budget, "spec", "maxUnavailable");
        const isTaken = (typeof most === "number" && most > 0) || typeof most === "string";
        scaling.disruptionBudget = isTaken ? { maxUnavailable: most } : {};
        findings.push(
            isTaken
                ? finding("taken", budget, "`disruptionBudget` of the version")
                : finding(
                      "manual",
                      budget,
                      "`minAvailable` becomes `maxUnavailable: 1`, which a drain of nodes can satisfy with any number of pods",
                  ),
        );
    }
    return { scaling, findings };
}

/** The name of the ScaledObject that owns an autoscaler. */
export function scaledObjectOf(autoscaler: Manifest): string | undefined {
    const owners = items(at(autoscaler, "metadata", "ownerReferences"));
    const owner = owners.find(([, one]) => at(one, "kind") === "ScaledObject");
    return owner && textAt(owner[1], "name");
}

/** The autoscaler that the version gets. KEDA's stays with its ScaledObject. */
export function ownAutoscaler({ autoscaler }: LiveApp): Manifest | undefined {
    return autoscaler && scaledObjectOf(autoscaler) === undefined ? autoscaler : undefined;
}

/** Utilization of cpu and memory has keys of its own; other metrics stay as they are. */
function autoscalingOf(autoscaler: Manifest) {
    const all = items(at(autoscaler, "spec", "metrics")).map(([, one]) => one);
    const utilization: Record<string, number> = {};
    const metrics = all.filter((one) => {
        const name = textAt(one, "resource", "name");
        const value = at(one, "resource", "target", "averageUtilization");
        if ((name !== "cpu" && name !== "memory") || typeof value !== "number") return true;
        utilization[name] = value;
        return false;
    });
    const behavior = at(autoscaler, "spec", "behavior");
    return {
        minReplicas: at(autoscaler, "spec", "minReplicas") ?? 1,
        maxReplicas: at(autoscaler, "spec", "maxReplicas"),
        ...utilization,
        ...(metrics.length > 0 && { metrics }),
        ...(behavior !== undefined && { behavior }),
    };
}
