/** Pods of the Job that this driver runs in: a Lease or a lock names its holder's host, which for those is the pod. */

import { thisHost } from "../thisProcess";
import type { Kubernetes } from "./kubernetes";

/** Whether another host than this one is known to run nothing any more. */
export type HostEnded = (host: string) => Promise<boolean>;

/** Of other people's hosts nothing is known. */
export const unknownHosts: HostEnded = async () => false;

/** What is in the pod's name behind the Job's. */
const SUFFIX = /-[a-z0-9]{5}$/;

/**
 * Knows of the pods that were here before this one in the same Job; outside of a Job, of none. A pod that is being deleted has not
 * ended; one that was deleted by force is taken for ended, as Kubernetes does.
 * @param job CANARY_JOB, which only a driver in a Job has.
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
