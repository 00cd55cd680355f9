/** Decides from a Lease who may drive its rollout; lease.ts acts on the answer. */
import { randomUUID } from "node:crypto";
import type { Control } from "../../analysis/record/record";

/** Seconds without a renewal after which another driver may take the Lease. */
export const LEASE_SECONDS = 15;
export const RENEW_SECONDS = 5;
/** Seconds after which a holder that cannot renew stops, shortly before another driver may take the Lease. */
export const GIVE_UP_SECONDS = 13;
/** Assumption: the clocks of two hosts differ by less than this. */
const SKEW_SECONDS = 300;

/** The parts of a Lease that matter here. */
export interface LeaseState {
    /** `user@host:pid`; empty if nobody holds the Lease. */
    readonly holder: string;
    /** By the holder's clock, milliseconds since the epoch. */
    readonly renewedAt: number;
}

export interface Candidate {
    readonly holder: string;
    readonly host: string;
    /** Whether a process is running on this host. */
    alive(pid: number): boolean;
}

/** take: the Lease is free. held: its holder is alive. watch: see whether it is renewed, because clocks may differ. */
export type LeaseAnswer = { readonly say: "take" | "held" | "watch"; readonly reason: string };

export function mayTake(
    lease: LeaseState | undefined,
    candidate: Candidate,
    now: number,
): LeaseAnswer {
    if (lease === undefined || lease.holder === "") {
        return { say: "take", reason: "Nobody holds the Lease." };
    }
    const { holder } = lease;
    const age = Math.round((now - lease.renewedAt) / 1000);
    const renewed = `${holder} renewed the Lease ${age} s ago`;
    if (holder === candidate.holder) {
        // A restarted container has the same user, host and process id.
        return { say: "take", reason: `${renewed}, and was this process's predecessor.` };
    }
    const [, , pid] = HOLDER.exec(holder) ?? [];
    const host = holderHost(holder);
    if (host === candidate.host && !candidate.alive(Number(pid))) {
        return { say: "take", reason: `${renewed}, but its process on this host has ended.` };
    }
    if (Math.abs(age) < LEASE_SECONDS) return { say: "held", reason: `${renewed}.` };
    if (host === candidate.host || age > SKEW_SECONDS) {
        return { say: "take", reason: `${renewed}, more than ${LEASE_SECONDS} s.` };
    }
    return { say: "watch", reason: `${renewed}, by another host's clock.` };
}

const HOLDER = /^.*@(.*):(\d+)$/;

/** The host in `user@host:pid`; "" if the holder has another form. */
export function holderHost(holder: string): string {
    return HOLDER.exec(holder)?.[1] ?? "";
}

/** Another driver runs this rollout. */
export class LeaseHeld extends Error {
    override readonly name = "LeaseHeld";

    constructor(
        readonly holder: string,
        /** Seconds since the last renewal. */
        readonly age: number,
        lease: string,
    ) {
        super(
            `${holder} drives this rollout: it renewed Lease ${lease} ${age} s ago. ` +
                "Stop that driver first, or send it a command, such as `istio-canary pause` or `istio-canary rollback`. See `istio-canary status`.",
        );
    }
}

/** A command to the driver, as the Lease stores it. */
export interface ControlRequest {
    readonly id: string;
    readonly control: Control;
    readonly by: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
}

const CONTROLS: readonly Control[] = ["approve", "pause", "resume", "promote", "rollback", "hold"];

/** The requests in an annotation. Ignores invalid ones, which a person may have written. */
export function controlRequests(annotation: string | undefined): ControlRequest[] {
    return listIn(annotation).filter(isRequest);
}

/** The annotation with one more request. */
export function withRequest(
    annotation: string | undefined,
    control: Control,
    by: string,
    at: number,
): { readonly annotation: string; readonly id: string } {
    const id = randomUUID();
    const requests = [...controlRequests(annotation), { id, control, by, at }];
    return { annotation: JSON.stringify(requests), id };
}

/** The annotation without the requests that the driver has recorded. */
export function removeRequests(
    annotation: string | undefined,
    recorded: ReadonlySet<string>,
): string {
    return JSON.stringify(controlRequests(annotation).filter(({ id }) => !recorded.has(id)));
}

function listIn(annotation: string | undefined): unknown[] {
    try {
        const list: unknown = JSON.parse(annotation || "[]");
        return Array.isArray(list) ? list : [];
    } catch {
        return [];
    }
}

function isRequest(one: unknown): one is ControlRequest {
    if (typeof one !== "object" || one === null) return false;
    const { id, control, by, at } = one as Partial<Record<keyof ControlRequest, unknown>>;
    return (
        typeof id === "string" &&
        CONTROLS.some((known) => known === control) &&
        typeof by === "string" &&
        typeof at === "number"
    );
}
