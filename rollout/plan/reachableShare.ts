/** Describes the share that a weight reaches in mode replicas. */
import type { Plan } from "./plan";
import { replicasFor } from "./replicaSplit";

/** Deviation from the weight, in percentage points, from which the share counts as too coarse. */
const COARSE = 1;

/** Undefined in mode istio, which reaches every weight exactly. */
export function shareText({ mode, canary, share, workloads }: Plan) {
    if (mode === "istio") return undefined;
    const total = workloads.reduce((sum, { replicas }) => sum + replicas, 0);
    const pods = workloads.find(({ slot }) => slot === canary)?.replicas ?? 0;
    const text = `weight ${share.asked} is ${pods} of ${total} pods: ${share.reachable} % of the connections go to the canary.`;
    if (Math.abs(share.reachable - share.asked) < COARSE) return { coarse: false, text };
    const needed = `${share.asked} % needs ${replicasFor(share.asked)} pods (totalReplicas), or mode istio.`;
    return { coarse: true, text: `${text} ${needed}` };
}
