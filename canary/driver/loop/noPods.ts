/** Whether a slot can take requests: an autoscaler may have scaled its Deployment to zero, and somebody else may manage its pods. */
import { workloadName } from "../../../rollout/config/names";
import type { Slot } from "../../../rollout/config/slots";
import type { Mesh } from "../ports";

interface Place {
    readonly app: string;
    readonly namespace: string;
}

export interface NoPods {
    readonly reasons: readonly string[];
    /** Whether it may pass without a change of the config: pods that somebody else starts. */
    readonly passes: boolean;
}

/**
 * Why a slot cannot take requests. Pulumi does not notice: a Deployment without replicas counts as ready. Undefined if the slot
 * has replicas, or if the API server does not say.
 */
export async function noPodsIn(
    mesh: Pick<Mesh, "pods" | "referenced">,
    { app, namespace }: Place,
    slot: Slot,
): Promise<NoPods | undefined> {
    try {
        const found = await mesh.referenced?.(slot);
        if (found !== undefined) {
            if (found.problems.length === 0) return undefined;
            const reasons = found.problems.map(({ path, reason }) => `${path}: ${reason}`);
            return { reasons, passes: found.problems.every(({ passes }) => passes) };
        }
        if ((await mesh.pods(slot)).wanted > 0) return undefined;
    } catch {
        return undefined;
    }
    const reason = `Deployment ${namespace}/${workloadName(app, slot)}: expected at least 1 replica before it gets requests, got 0. If an autoscaler scales it to zero, raise its minimum (\`minReplicas\`, in a ScaledObject \`minReplicaCount\`) to 1.`;
    return { reasons: [reason], passes: false };
}
