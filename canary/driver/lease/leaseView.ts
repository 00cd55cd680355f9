/** The Lease as seen by other commands: reads the driver's status, and sends it commands. */

import { ANNOTATIONS } from "../../../rollout/config/names";
import type { Control } from "../../analysis/record/record";
import type { Objects } from "../kubernetes/kubernetes";
import type { MeshPlace } from "../kubernetes/mesh";
import type { LeaseStatus } from "../ports";
import { annotationText, LeaseObject, leaseStateOf } from "./leaseObject";
import { type ControlRequest, controlRequests, LEASE_SECONDS, withRequest } from "./leaseRules";

/** A Lease as `istio-canary status` shows it. */
export interface LeaseView {
    /** `user@host:pid`; undefined if nobody holds the Lease. */
    readonly holder: string | undefined;
    /** Seconds since the last renewal, by this machine's clock. */
    readonly age: number;
    /** Whether the Lease was renewed in time. Also true if the holder's clock is ahead. */
    readonly live: boolean;
    /** The driver's last status; kept after the rollout has ended. */
    readonly status: LeaseStatus | undefined;
    /** Commands that the driver has not received yet. */
    readonly waiting: readonly ControlRequest[];
}

/** @returns undefined if no driver ever ran. @throws Error if the API server does not answer. */
export async function readLease(
    cluster: Objects,
    place: MeshPlace,
    now: number,
): Promise<LeaseView | undefined> {
    const found = await new LeaseObject(cluster, place).read();
    if (found === undefined) return undefined;
    const { holder, renewedAt } = leaseStateOf(found);
    const age = Math.round((now - renewedAt) / 1000);
    return {
        holder: holder || undefined,
        age,
        live: holder !== "" && age < LEASE_SECONDS,
        status: statusIn(annotationText(found, "status")),
        waiting: controlRequests(annotationText(found, "controls")),
    };
}

/**
 * Sends a command to the rollout's driver, wherever it runs.
 * @returns the request's id, which `readLease` lists as waiting until the driver has received it.
 * @throws Error if no driver runs.
 */
export async function requestControl(
    cluster: Objects,
    place: MeshPlace,
    control: Control,
    by: string,
    now: number,
): Promise<string> {
    const object = new LeaseObject(cluster, place);
    let id = "";
    const sent = await object.change((found) => {
        const { holder, renewedAt } = leaseStateOf(found);
        if (holder === "" || now - renewedAt > LEASE_SECONDS * 1000) return undefined;
        const request = withRequest(annotationText(found, "controls"), control, by, now);
        id = request.id;
        return { metadata: { annotations: { [ANNOTATIONS.controls]: request.annotation } } };
    });
    if (!sent) {
        throw new Error(
            `${control}: no driver runs for ${place.namespace}/${place.app}. To start one, run \`istio-canary run\`.`,
        );
    }
    return id;
}

function statusIn(annotation: string | undefined): LeaseStatus | undefined {
    try {
        return annotation === undefined ? undefined : JSON.parse(annotation);
    } catch {
        return undefined;
    }
}
