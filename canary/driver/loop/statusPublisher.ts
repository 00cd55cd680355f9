/** Publishes a rollout's status on its Lease, where `istio-canary status` reads it. */
import { liveStatusOf } from "../../analysis/record/liveStatus";
import type { RolloutStatus } from "../../analysis/record/reduce";
import type { Lease, LeaseStatus, Watcher } from "../ports";

export interface StatusPublisher extends Watcher {
    /** Resolves when the last status is on the Lease, or the write has failed. */
    idle(): Promise<void>;
}

/** Never delays the rollout: one write at a time, and only the latest status. */
export function statusPublisher(lease: Pick<Lease, "show">): StatusPublisher {
    let latest: LeaseStatus | undefined;
    let published = "";
    let working: Promise<void> = Promise.resolve();
    let isWorking = false;

    async function work(): Promise<void> {
        isWorking = true;
        while (latest !== undefined && JSON.stringify(latest) !== published) {
            const next = latest;
            published = JSON.stringify(next);
            try {
                await lease.show(next);
            } catch {
                // The next record tries again. A lost Lease is reported by its own signal.
                published = "";
                break;
            }
        }
        isWorking = false;
    }

    return {
        record(_, status) {
            latest = leaseStatusOf(status);
            if (!isWorking) working = work();
        },
        idle: () => working,
    };
}

export function leaseStatusOf(status: RolloutStatus): LeaseStatus {
    const { started, writtenWeight, analysis, state, reason } = status;
    return {
        id: started.id,
        weight: writtenWeight,
        phaseStartedAt: analysis?.phase.since,
        state,
        reason,
        live: liveStatusOf(status),
    };
}
