import assert from "node:assert/strict";
import { hostname } from "node:os";
import {
    ApiError,
    type Objects,
    type Patch,
    type Resource,
} from "../../../../../canary/driver/kubernetes/kubernetes";
import { kubernetesLease } from "../../../../../canary/driver/lease/lease";
import type { Clock } from "../../../../../canary/driver/ports";

const place = { namespace: "shop", app: "web" };

/** A clock that advances only in `pass`. */
class TestClock implements Clock {
    private time = Date.parse("2026-11-21T13:00:00Z");
    private readonly sleepers = new Set<{ until: number; wake(): void }>();

    now = () => this.time;
    elapsed = () => this.time;

    sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
        return new Promise((resolve) => {
            const sleeper = { until: this.time + milliseconds, wake: resolve };
            this.sleepers.add(sleeper);
            signal?.addEventListener("abort", () => resolve(), { once: true });
        });
    }

    async pass(seconds: number): Promise<void> {
        for (let second = 0; second < seconds; second++) {
            this.time += 1_000;
            for (const sleeper of this.sleepers) {
                if (sleeper.until > this.time) continue;
                this.sleepers.delete(sleeper);
                sleeper.wake();
            }
            for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        }
    }
}

interface LeaseBody {
    metadata?: { resourceVersion?: string; annotations?: object };
    spec?: { holderIdentity?: string; acquireTime?: string; renewTime?: string };
}

/** One Lease in memory, which refuses a patch of an old version. */
class OneLease implements Objects {
    lease: LeaseBody | undefined;
    down = false;
    private version = 0;

    async read(): Promise<unknown> {
        this.answer();
        return structuredClone(this.lease);
    }

    async create(_: Resource, __: string, body: LeaseBody): Promise<unknown> {
        this.answer();
        if (this.lease !== undefined) throw new ApiError(409, "already exists");
        this.store(body);
        return body;
    }

    async patch(_: Resource, __: string, ___: string, { body }: Patch): Promise<unknown> {
        this.answer();
        const { metadata, spec } = body as LeaseBody;
        const { resourceVersion } = metadata ?? {};
        if (resourceVersion !== undefined && resourceVersion !== String(this.version)) {
            throw new ApiError(409, "the object has been modified");
        }
        this.change({ metadata, spec });
        return this.lease;
    }

    change({ metadata, spec }: LeaseBody): void {
        const annotations = { ...this.lease?.metadata?.annotations, ...metadata?.annotations };
        this.store({ metadata: { annotations }, spec: { ...this.lease?.spec, ...spec } });
    }

    private store(body: LeaseBody): void {
        const metadata = { ...body.metadata, resourceVersion: String(++this.version) };
        this.lease = { ...body, metadata };
    }

    private answer(): void {
        if (this.down) throw new Error("The API server did not answer: connection refused");
    }
}

describe("kubernetesLease", () => {
    let clock: TestClock;
    let cluster: OneLease;
    const lease = () => kubernetesLease(cluster, place, clock);
    const renewed = () => Date.parse(cluster.lease?.spec?.renewTime ?? "");

    beforeEach(() => {
        clock = new TestClock();
        cluster = new OneLease();
    });

    function heldElsewhere(secondsAgo: number): void {
        const renewTime = new Date(clock.now() - secondsAgo * 1_000).toISOString();
        cluster.change({ spec: { holderIdentity: "bob@there:7", renewTime } });
    }

    it("renews the Lease every five seconds until it releases it", async () => {
        const mine = lease();
        await mine.acquire();
        assert.match(
            cluster.lease?.spec?.holderIdentity ?? "",
            new RegExp(`@${hostname()}:${process.pid}$`),
        );
        await clock.pass(12);
        assert.equal(clock.now() - renewed(), 2_000);
        await mine.release();
        assert.equal(cluster.lease?.spec?.holderIdentity, "");
        assert.equal(mine.lost.aborted, false);
        const last = renewed();
        await clock.pass(12);
        assert.equal(renewed(), last);
    });

    it("takes the Lease at once from a host that is known to have ended, and from no other", async () => {
        heldElsewhere(1);
        await assert.rejects(lease().acquire(), /bob@there:7 drives this rollout/);
        const known = (ended: string) =>
            kubernetesLease(cluster, place, clock, async (host) => host === ended);
        await assert.rejects(known("elsewhere").acquire(), /bob@there:7 drives this rollout/);
        const mine = known("there");
        await mine.acquire();
        assert.match(cluster.lease?.spec?.holderIdentity ?? "", new RegExp(`:${process.pid}$`));
        await mine.release();
    });

    it("keeps the Lease if the API server is down for some seconds", async () => {
        const mine = lease();
        await mine.acquire();
        cluster.down = true;
        await clock.pass(11);
        cluster.down = false;
        await clock.pass(2);
        assert.equal(mine.lost.aborted, false);
        assert.ok(clock.now() - renewed() < 5_000);
        await mine.release();
    });

    it("gives up a Lease that it cannot renew before another driver may take it", async () => {
        const mine = lease();
        await mine.acquire();
        cluster.down = true;
        await clock.pass(12);
        assert.equal(mine.lost.aborted, false);
        await clock.pass(2);
        assert.match(
            String(mine.lost.reason),
            /Lease shop\/web-canary was lost: it could not be renewed for 1[34] s: The API server did not answer/,
        );
    });

    it("gives up a Lease that somebody else has taken", async () => {
        const mine = lease();
        await mine.acquire();
        heldElsewhere(0);
        await clock.pass(6);
        assert.match(String(mine.lost.reason), /it is held by bob@there:7/);
        assert.equal(cluster.lease?.spec?.holderIdentity, "bob@there:7");
    });

    it("watches another host's Lease before it takes it", async () => {
        heldElsewhere(20);
        const mine = lease();
        let ended = false;
        const acquiring = mine.acquire().then(() => {
            ended = true;
        });
        await clock.pass(14);
        assert.equal(ended, false);
        await clock.pass(2);
        await acquiring;
        await mine.release();
    });

    it("does not take the Lease of another host whose clock is wrong", async () => {
        heldElsewhere(20);
        const acquiring = assert.rejects(lease().acquire(), /bob@there:7 drives this rollout/);
        await clock.pass(5);
        heldElsewhere(20);
        await clock.pass(11);
        await acquiring;
    });

    it("gives the Lease to only one of two drivers that start at once", async () => {
        heldElsewhere(400);
        const [first, second] = [lease(), lease()];
        const answers = await Promise.allSettled([first.acquire(), second.acquire()]);
        assert.deepEqual(answers.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
        await Promise.all([first.release(), second.release()]);
    });

    it("keeps a command in the Lease until the driver has recorded it", async () => {
        const mine = lease();
        await mine.acquire();
        const request = { id: "1", control: "pause", by: "ann", at: 1 };
        cluster.change({
            metadata: { annotations: { "istio-canary.dev/controls": JSON.stringify([request]) } },
        });
        assert.deepEqual(await mine.controls(), [request]);
        mine.recorded("1");
        cluster.down = true;
        assert.deepEqual(await mine.controls(), []);
        cluster.down = false;
        assert.match(JSON.stringify(cluster.lease), /pause/);
        assert.deepEqual(await mine.controls(), []);
        assert.doesNotMatch(JSON.stringify(cluster.lease), /pause/);
        await mine.release();
    });

    it("leaves a command in the Lease at the release if it could not be recorded", async () => {
        const mine = lease();
        await mine.acquire();
        const requests = ["pause", "resume"].map((control, at) => ({
            ...{ id: String(at), control, by: "ann", at },
        }));
        cluster.change({
            metadata: { annotations: { "istio-canary.dev/controls": JSON.stringify(requests) } },
        });
        assert.deepEqual(await mine.controls(), requests);
        mine.recorded("0");
        await mine.release();
        const next = lease();
        await next.acquire();
        assert.deepEqual(await next.controls(), requests.slice(1));
        await next.release();
    });
});
