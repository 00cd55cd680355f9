/** Pods of this driver's Job. A Lease or a lock names its holder's host, which in a Job is the name of the pod. */

import { thisHost } from "../thisProcess";
import type { Kubernetes } from "./kubernetes";

/** Whether a host other than this one is known to have ended. */
export type HostEnded = (host: string) => Promise<boolean>;

/** Outside a Job: knows of no host that it has ended. */
export const unknownHosts: HostEnded = async () => false;

/** What follows the Job's name in a pod's name. */
const SUFFIX = /-[a-z0-9]{5}$/;

/**
 * Knows whether earlier pods of the same Job have ended; outside a Job, knows of none. A pod that is being deleted has not ended. A
 * pod that was deleted by force counts as ended, as it does for Kubernetes.
 * @param job CANARY_JOB, which is set only in a Job.
 */
export function podsOfJob(
    cluster: Pick<Kubernetes, "podPhase">,
    namespace: string,
    job: string | undefined = process.env.CANARY_JOB,
    self: string = thisHost(),
): HostEnded {
    if (job === undefined) return unknownHosts;
    return async (host) => {
        if (host === self || !SUFFIX.test(host)) return false;
        if (host.replace(SUFFIX, "") !== self.replace(SUFFIX, "")) return false;
        try {
            const phase = await cluster.podPhase(namespace, host);
            return phase === undefined || phase === "Failed" || phase === "Succeeded";
        } catch {
            return false;
        }
    };
}
