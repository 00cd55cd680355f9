/** One driver per rollout: the driver holds the Lease `<app>-canary` in the app's namespace, and receives commands through it. */

import { ANNOTATIONS, leaseName } from "../../../rollout/config/names";
import { errorMessage } from "../../analysis/text";
import { type HostEnded, unknownHosts } from "../kubernetes/jobPods";
import type { Objects } from "../kubernetes/kubernetes";
import type { MeshPlace } from "../kubernetes/mesh";
import type { Clock, Lease, LeaseStatus } from "../ports";
import { processAlive, thisHost, thisUser } from "../thisProcess";
import {
    annotationText,
    type FoundLease,
    LeaseObject,
    leaseStateOf,
    microTime,
} from "./leaseObject";
import {
    type Candidate,
    type ControlRequest,
    controlRequests,
    GIVE_UP_SECONDS,
    holderHost,
    LEASE_SECONDS,
    LeaseHeld,
    mayTake,
    RENEW_SECONDS,
    removeRequests,
} from "./leaseRules";

/** Pause before the next renewal if the API server did not answer. */
const RETRY_MS = 1_000;

/**
 * The driver's side of the Lease. If the holder's host has ended, the Lease is free at once.
 * @param self who asks for the Lease. Default: this process.
 */
export function kubernetesLease(
    cluster: Objects,
    place: MeshPlace,
    clock: Clock,
    hostEnded: HostEnded = unknownHosts,
    self: Candidate = thisProcess(),
): Lease {
    return new HeldLease(new LeaseObject(cluster, place), place, clock, self, hostEnded);
}

function thisProcess(): Candidate {
    const host = thisHost();
    return { host, holder: `${thisUser()}@${host}:${process.pid}`, alive: processAlive };
}

class HeldLease implements Lease {
    private readonly losing = new AbortController();
    private readonly stopping = new AbortController();
    private renewing: Promise<void> = Promise.resolve();
    /** Tells this driver's Lease from that of an earlier driver with the same name. */
    private acquiredAt = "";
    /** Commands that are in the journal. The others stay in the Lease: if this driver ends first, the next one finds them. */
    private readonly done = new Set<string>();

    constructor(
        private readonly object: LeaseObject,
        private readonly place: MeshPlace,
        private readonly clock: Clock,
        private readonly self: Candidate,
        private readonly hostEnded: HostEnded,
    ) {}

    get lost(): AbortSignal {
        return this.losing.signal;
    }

    async acquire(): Promise<void> {
        let found = await this.object.read();
        let answer = this.ask(found);
        const holder = found ? leaseStateOf(found).holder : "";
        if (answer.say !== "take" && (await this.hostEnded(holderHost(holder)))) {
            answer = { say: "take", reason: `${holder} held the Lease, and its pod has ended.` };
        }
        if (answer.say === "watch") {
            const before = found?.spec.renewTime;
            await this.clock.sleep(LEASE_SECONDS * 1000);
            found = await this.object.read();
            const renewed = found?.spec.renewTime !== before;
            answer = renewed ? this.ask(found, "held") : { ...answer, say: "take" };
        }
        if (answer.say === "held" || !(await this.take(found))) throw this.held(found);
        this.renewing = this.renew();
    }

    async release(): Promise<void> {
        this.stopping.abort();
        await this.renewing;
        if (this.lost.aborted || this.acquiredAt === "") return;
        await this.object.change((found) =>
            this.isMine(found)
                ? { ...this.withoutDone(found), spec: { holderIdentity: "" } }
                : undefined,
        );
    }

    async controls(): Promise<readonly ControlRequest[]> {
        try {
            const found = await this.object.read();
            const annotation = annotationText(found, "controls");
            const waiting = controlRequests(annotation);
            const fresh = waiting.filter(({ id }) => !this.done.has(id));
            if (fresh.length < waiting.length) {
                await this.object.change((now) =>
                    this.isMine(now) ? this.withoutDone(now) : undefined,
                );
            }
            return fresh;
        } catch {
            return [];
        }
    }

    recorded(id: string): void {
        this.done.add(id);
    }

    async show(status: LeaseStatus): Promise<void> {
        const annotations = { [ANNOTATIONS.status]: JSON.stringify(status) };
        await this.object.change((found) =>
            this.isMine(found) ? { metadata: { annotations } } : undefined,
        );
    }

    private withoutDone(found: FoundLease) {
        const controls = removeRequests(annotationText(found, "controls"), this.done);
        return { metadata: { annotations: { [ANNOTATIONS.controls]: controls } } };
    }

    private ask(found: FoundLease | undefined, otherwise?: "held") {
        const answer = mayTake(found && leaseStateOf(found), this.self, this.clock.now());
        return otherwise && answer.say === "watch" ? { ...answer, say: otherwise } : answer;
    }

    private held(found: FoundLease | undefined): LeaseHeld {
        const { holder, renewedAt } = found
            ? leaseStateOf(found)
            : { holder: "another driver", renewedAt: this.clock.now() };
        const age = Math.round((this.clock.now() - renewedAt) / 1000);
        const name = `${this.place.namespace}/${leaseName(this.place.app)}`;
        return new LeaseHeld(holder || "another driver", age, name);
    }

    /** @returns false if another driver was faster. */
    private async take(found: FoundLease | undefined): Promise<boolean> {
        this.acquiredAt = microTime(this.clock.now());
        const spec = {
            holderIdentity: this.self.holder,
            leaseDurationSeconds: LEASE_SECONDS,
            acquireTime: this.acquiredAt,
            renewTime: this.acquiredAt,
            leaseTransitions: (found?.spec.leaseTransitions ?? -1) + 1,
        };
        return found === undefined ? this.object.create(spec) : this.object.patch(found, { spec });
    }

    private isMine(found: FoundLease): boolean {
        const { holderIdentity, acquireTime } = found.spec;
        return holderIdentity === this.self.holder && acquireTime === this.acquiredAt;
    }

    /** Renews the Lease until it is released or lost. */
    private async renew(): Promise<void> {
        const { signal } = this.stopping;
        let renewedAt = this.clock.elapsed();
        let [problem, pause] = ["", RENEW_SECONDS * 1000];
        while (!signal.aborted) {
            await this.clock.sleep(pause, signal);
            if (signal.aborted) return;
            const began = this.clock.elapsed();
            try {
                const renewTime = microTime(this.clock.now());
                let holder = "nobody";
                const mine = await this.object.change((found) => {
                    holder = leaseStateOf(found).holder || "nobody";
                    return this.isMine(found) ? { spec: { renewTime } } : undefined;
                });
                if (!mine) return this.lose(`it is held by ${holder}`);
                renewedAt = began;
                pause = RENEW_SECONDS * 1000;
            } catch (error) {
                problem = errorMessage(error);
                pause = RETRY_MS;
            }
            const since = (this.clock.elapsed() - renewedAt) / 1000;
            if (since >= GIVE_UP_SECONDS) {
                return this.lose(`it could not be renewed for ${Math.round(since)} s: ${problem}`);
            }
        }
    }

    private lose(reason: string): void {
        const name = `${this.place.namespace}/${leaseName(this.place.app)}`;
        this.losing.abort(new Error(`Lease ${name} was lost: ${reason}.`));
    }
}
