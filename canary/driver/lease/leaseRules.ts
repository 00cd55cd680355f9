/** Who may drive a rollout, by what its Lease says: decided here, done in lease.ts. */
import { randomUUID } from "node:crypto";
import type { Control } from "../../analysis/record/record";

/** Seconds without a renewal after which a Lease is anybody's. */
export const LEASE_SECONDS = 15;
export const RENEW_SECONDS = 5;
/** Seconds after which a holder that could not renew stops, a little before others may begin. */
export const GIVE_UP_SECONDS = 13;
/** The clocks of two hosts are not further apart than this. */
const SKEW_SECONDS = 300;

/** A Lease as far as it matters here. */
export interface LeaseState {
    /** `user@host:pid`; empty when nobody holds it. */
    readonly holder: string;
    /** By the holder's clock, milliseconds since the epoch. */
    readonly renewedAt: number;
}

export interface Candidate {
    readonly holder: string;
    readonly host: string;
    /** Whether a process of this host runs. */
    alive(pid: number): boolean;
}

/** take: it is free. held: its holder lives. watch: only whether it is renewed can tell, because clocks differ. */
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
    const said = `${holder} renewed the Lease ${age} s ago`;
    if (holder === candidate.holder) {
        // In a restarted container everything is as before, the process id too.
        return { say: "take", reason: `${said}, and was this process's predecessor.` };
    }
    const [, , pid] = HOLDER.exec(holder) ?? [];
    const host = hostOf(holder);
    if (host === candidate.host && !candidate.alive(Number(pid))) {
        return { say: "take", reason: `${said}, and its process on this host is gone.` };
    }
    if (Math.abs(age) < LEASE_SECONDS) return { say: "held", reason: `${said}.` };
    if (host === candidate.host || age > SKEW_SECONDS) {
        return { say: "take", reason: `${said}, which is longer than ${LEASE_SECONDS} s.` };
    }
    return { say: "watch", reason: `${said}, by the clock of another host.` };
}

const HOLDER = /^.*@(.*):(\d+)$/;

/** Of `user@host:pid`; "" where a hand wrote another holder. */
export function hostOf(holder: string): string {
    return HOLDER.exec(holder)?.[1] ?? "";
}

/** Somebody else drives this rollout. */
export class LeaseHeld extends Error {
    override readonly name = "LeaseHeld";

    constructor(
        readonly holder: string,
        /** Seconds since it was renewed. */
        readonly age: number,
        lease: string,
    ) {
        super(
            `${holder} drives this rollout: it renewed the Lease ${lease} ${age} s ago. ` +
                "See istio-canary status; stop that one first, or talk to it: istio-canary pause, istio-canary rollback.",
        );
    }
}

/** What somebody asks of the driver, as it stands in the Lease. */
export interface ControlRequest {
    readonly id: string;
    readonly control: Control;
    readonly by: string;
    /** Milliseconds since the epoch. */
    readonly at: number;
}

const CONTROLS: readonly Control[] = ["approve", "pause", "resume", "promote", "rollback", "hold"];

/** The requests in an annotation; what is not one, as a hand may have written it, is left out. */
export function controlRequests(annotation: string | undefined): ControlRequest[] {
    return listIn(annotation).filter(isRequest);
}

/** The annotation with one request more. */
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

/** The annotation without the requests that the driver has taken. */
export function withoutRequests(
    annotation: string | undefined,
    taken: ReadonlySet<string>,
): string {
    return JSON.stringify(controlRequests(annotation).filter(({ id }) => !taken.has(id)));
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
