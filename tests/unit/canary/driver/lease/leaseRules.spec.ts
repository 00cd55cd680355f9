import assert from "node:assert/strict";
import fc from "fast-check";
import {
    controlRequests,
    LEASE_SECONDS,
    mayTake,
    withoutRequests,
    withRequest,
} from "../../../../../canary/driver/lease/leaseRules";

const now = Date.parse("2026-11-21T13:00:00Z");
const self = {
    holder: "ann@here:10",
    host: "here",
    alive: (pid: number) => pid === 10 || pid === 20,
};
const heldBy = (holder: string, age: number) => ({ holder, renewedAt: now - age * 1000 });
const say = (holder: string, age: number) => mayTake(heldBy(holder, age), self, now).say;

describe("mayTake", () => {
    it("should take a Lease that nobody holds", () => {
        assert.equal(mayTake(undefined, self, now).say, "take");
        assert.equal(say("", 0), "take");
    });

    it("should leave a Lease to a holder that renews it, and say how long ago that was", () => {
        const answer = mayTake(heldBy("bob@there:7", 4), self, now);
        assert.deepEqual(answer, { say: "held", reason: "bob@there:7 renewed the Lease 4 s ago." });
        assert.equal(say("bob@here:20", 14), "held");
    });

    it("should take over at once from a process of this host that is gone", () => {
        assert.equal(say("ann@here:30", 0), "take");
    });

    it("should take over from its own predecessor in a restarted container", () => {
        assert.equal(say("ann@here:10", 0), "take");
    });

    it("should take over from a process of this host that lives but does not renew", () => {
        assert.equal(say("bob@here:20", LEASE_SECONDS), "take");
    });

    it("should watch the Lease of another host whose clock may be wrong", () => {
        assert.equal(say("bob@there:30", LEASE_SECONDS), "watch");
        assert.equal(say("bob@there:30", 300), "watch");
        assert.equal(say("bob@there:30", -LEASE_SECONDS), "watch");
    });

    it("should take over from another host when no clock is that wrong", () => {
        assert.equal(say("bob@there:30", 301), "take");
    });

    it("should not know the processes of another host, whatever their numbers", () => {
        assert.equal(say("ann@there:30", 1), "held");
    });

    it("should respect whatever is written there as a name", () => {
        fc.assert(
            fc.property(fc.string({ minLength: 1 }), (holder) => {
                fc.pre(!holder.startsWith("ann@here") && !/@here:\d+$/.test(holder));
                assert.equal(say(holder, 1), "held");
            }),
        );
    });
});

describe("controls in a Lease", () => {
    it("should be kept in order until the driver has taken them", () => {
        const first = withRequest(undefined, "pause", "ann", 1);
        const second = withRequest(first.annotation, "rollback", "bob", 2);
        assert.deepEqual(controlRequests(second.annotation), [
            { id: first.id, control: "pause", by: "ann", at: 1 },
            { id: second.id, control: "rollback", by: "bob", at: 2 },
        ]);
        const left = withoutRequests(second.annotation, new Set([first.id]));
        assert.deepEqual(
            controlRequests(left).map(({ id }) => id),
            [second.id],
        );
    });

    for (const wrong of [
        "",
        "x",
        "{}",
        "[1,null]",
        '[{"id":"a","control":"delete","by":"b","at":1}]',
    ]) {
        it(`should be none in ${JSON.stringify(wrong)}`, () => {
            assert.deepEqual(controlRequests(wrong), []);
        });
    }
});
