/** The Lease from anywhere else than the driver: what it says, and how to talk to it. */

import { ANNOTATIONS } from "../../../rollout/config/names";
import type { Control } from "../../analysis/record/record";
import type { Objects } from "../kubernetes/kubernetes";
import type { MeshPlace } from "../kubernetes/mesh";
import type { LeaseStatus } from "../ports";
import { annotationText, LeaseObject, stateOf } from "./leaseObject";
import { type ControlRequest, controlRequests, LEASE_SECONDS, withRequest } from "./leaseRules";

/** A Lease as `istio-canary status` shows it. */
export interface LeaseView {
    /** `user@host:pid`; undefined when nobody holds it. */
    readonly holder: string | undefined;
    /** Seconds since it was renewed, by this machine's clock. */
    readonly age: number;
    /** Whether it was renewed in time, or the holder's clock is ahead. */
    readonly live: boolean;
    /** What its driver last said; it stays after the end. */
    readonly status: LeaseStatus | undefined;
    /** Asked of the driver, and not taken yet. */
    readonly waiting: readonly ControlRequest[];
}

/** @returns undefined when no driver ever ran. @throws Error when the API server gives no answer. */
export async function readLease(
    cluster: Objects,
    place: MeshPlace,
    now: number,
): Promise<LeaseView | undefined> {
    const found = await new LeaseObject(cluster, place).read();
    if (found === undefined) return undefined;
    const { holder, renewedAt } = stateOf(found);
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
 * Asks something of the driver of a rollout, wherever it runs; it takes it at its next look.
 * @returns the request's id, which `readLease` lists as waiting until the driver has taken it.
 * @throws Error when no driver runs.
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
    const asked = await object.change((found) => {
        const { holder, renewedAt } = stateOf(found);
        if (holder === "" || now - renewedAt > LEASE_SECONDS * 1000) return undefined;
        const request = withRequest(annotationText(found, "controls"), control, by, now);
        id = request.id;
        return { metadata: { annotations: { [ANNOTATIONS.controls]: request.annotation } } };
    });
    if (!asked) {
        throw new Error(
            `No driver runs for ${place.namespace}/${place.app}, so nobody can ${control}. Start one: istio-canary run`,
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
