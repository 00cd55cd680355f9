/** What a Job and its pod say about a metric. Pure. */
import type { V1PodStatus } from "@kubernetes/client-node";
import { at, items } from "../../../rollout/config/unknown";

export type JobResult =
    | { readonly state: "running" }
    /** `at`: milliseconds since the epoch. */
    | { readonly state: "passed"; readonly at: number }
    | { readonly state: "failed"; readonly at: number };

/** @param job as the API server returns it */
export function jobResult(job: unknown): JobResult {
    const conditions = items(at(job, "status", "conditions")).map(([, one]) => one);
    const time = (type: string): number | undefined => {
        const found = conditions.find(
            (one) => at(one, "type") === type && at(one, "status") === "True",
        );
        return found === undefined
            ? undefined
            : Date.parse(String(at(found, "lastTransitionTime")));
    };
    const [passed, failed] = [time("Complete"), time("Failed")];
    if (passed !== undefined) return { state: "passed", at: passed };
    if (failed !== undefined) return { state: "failed", at: failed };
    return { state: "running" };
}

/** Why a container has not started; undefined if it has, or is about to. */
export function waitingReason(status: V1PodStatus | undefined): string | undefined {
    const { waiting } = status?.containerStatuses?.[0]?.state ?? {};
    if (waiting?.reason === undefined || waiting.reason === "ContainerCreating") return undefined;
    return [waiting.reason, waiting.message].filter(Boolean).join(": ");
}

/** Reasons of a container that has not run a command. */
const NOT_STARTED = new Set(["StartError", "ContainerCannotRun", "ContainerStatusUnknown"]);

/**
 * Why the pod of a failed Job ended.
 * @returns `ran: false` if the container never started, which says nothing about the canary.
 */
export function podEnd(status: V1PodStatus | undefined): {
    readonly ran: boolean;
    readonly reason: string;
} {
    if (status === undefined) return { ran: false, reason: "its pod is gone" };
    const own = (status.containerStatuses ?? []).find(({ name }) => name === "metric");
    const { terminated, waiting, running } = own?.state ?? {};
    if (
        status.reason === "DeadlineExceeded" &&
        (terminated ?? running) &&
        !isUnstarted(terminated)
    ) {
        return { ran: true, reason: "did not finish in time" };
    }
    if (terminated !== undefined && !isUnstarted(terminated)) {
        const { exitCode, reason = "Error" } = terminated;
        const known = reason === "Error" ? "" : ` (${reason})`;
        return { ran: true, reason: `ended with exit code ${exitCode}${known}` };
    }
    const why = terminated ?? waiting ?? status;
    const said = [why.reason, why.message].filter(Boolean).join(": ");
    return { ran: false, reason: said || `its pod is ${status.phase ?? "unknown"}` };
}

function isUnstarted(terminated: { readonly reason?: string } | undefined): boolean {
    return NOT_STARTED.has(terminated?.reason ?? "");
}
