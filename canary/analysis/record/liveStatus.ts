/** The part of a rollout's status that a terminal shows. The driver publishes it, so that any machine can watch. */
import type { RolloutStatus } from "./reduce";

export type LiveStatus = Pick<
    RolloutStatus,
    "state" | "reason" | "weight" | "writtenWeight" | "pending" | "phaseSince" | "sample"
> & {
    readonly started: Pick<
        RolloutStatus["started"],
        "app" | "namespace" | "stack" | "stable" | "canary" | "ladder"
    > & { readonly analysis: LiveSettings };
};

type Settings = RolloutStatus["started"]["analysis"];
type LiveSettings = Pick<Settings, "minDwell" | "bake" | "deadline" | "onDeadline"> & {
    readonly exposureBudget?: Settings["exposureBudget"];
    readonly latency: Pick<Settings["latency"], "enabled">;
};

/** A copy without anything else, to be small on the Lease. */
export function liveStatusOf(status: RolloutStatus): LiveStatus {
    const { state, reason, weight, writtenWeight, pending, phaseSince, sample } = status;
    const { app, namespace, stack, stable, canary, ladder, analysis } = status.started;
    const { minDwell, bake, deadline, onDeadline, exposureBudget, latency } = analysis;
    return {
        ...{ state, reason, weight, writtenWeight, pending, phaseSince },
        // The gates that decide are in the reason.
        sample: sample && { ...sample, gates: sample.gates.filter(({ dryRun }) => dryRun) },
        started: {
            ...{ app, namespace, stack, stable, canary, ladder },
            analysis: {
                ...{ minDwell, bake, deadline, onDeadline, exposureBudget },
                latency: { enabled: latency.enabled },
            },
        },
    };
}

type Over = "promoted" | "rolledBack" | "held";

export function isOver<Status extends { readonly state: RolloutStatus["state"] }>(
    status: Status,
): status is Status & { readonly state: Over } {
    return status.state === "promoted" || status.state === "rolledBack" || status.state === "held";
}
