/** Whether a slot can take requests: an autoscaler may have scaled its Deployment to zero. */
import { workloadName } from "../../../rollout/config/names";
import type { Slot } from "../../../rollout/config/slots";
import type { Mesh } from "../ports";

interface Place {
    readonly app: string;
    readonly namespace: string;
}

/**
 * Why a slot cannot take requests. Pulumi does not notice: a Deployment without replicas counts as ready. Undefined if the slot
 * has replicas, or if the API server does not say.
 */
export async function noPodsReason(
    mesh: Pick<Mesh, "pods">,
    { app, namespace }: Place,
    slot: Slot,
): Promise<string | undefined> {
    const pods = await mesh.pods(slot).catch(() => undefined);
    if (pods === undefined || pods.wanted > 0) return undefined;
    return `Deployment ${namespace}/${workloadName(app, slot)}: expected at least 1 replica before it gets requests, got 0. If an autoscaler scales it to zero, raise its minimum (\`minReplicas\`, in a ScaledObject \`minReplicaCount\`) to 1.`;
}
