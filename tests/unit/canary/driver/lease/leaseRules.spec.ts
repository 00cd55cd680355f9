import assert from "node:assert/strict";
import fc from "fast-check";
import {
    controlRequests,
    LEASE_SECONDS,
    mayTake,
    removeRequests,
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
    it("takes a Lease that nobody holds", () => {
        assert.equal(mayTake(undefined, self, now).say, "take");
        assert.equal(say("", 0), "take");
    });

    it("leaves a Lease to a holder that renews it, and says when it last did", () => {
        const answer = mayTake(heldBy("bob@there:7", 4), self, now);
        assert.deepEqual(answer, { say: "held", reason: "bob@there:7 renewed the Lease 4 s ago." });
        assert.equal(say("bob@here:20", 14), "held");
    });

    it("takes over at once from a process of this host that has ended", () => {
        assert.equal(say("ann@here:30", 0), "take");
    });

    it("takes over from its own predecessor in a restarted container", () => {
        assert.equal(say("ann@here:10", 0), "take");
    });

    it("takes over from a running process of this host that does not renew", () => {
        assert.equal(say("bob@here:20", LEASE_SECONDS), "take");
    });

    it("watches the Lease of another host whose clock may be wrong", () => {
        assert.equal(say("bob@there:30", LEASE_SECONDS), "watch");
        assert.equal(say("bob@there:30", 300), "watch");
        assert.equal(say("bob@there:30", -LEASE_SECONDS), "watch");
    });

    it("takes over from another host if the age exceeds any clock difference", () => {
        assert.equal(say("bob@there:30", 301), "take");
    });

    it("ignores the process id of another host's holder", () => {
        assert.equal(say("ann@there:30", 1), "held");
    });

    it("respects a holder of any form", () => {
        fc.assert(
            fc.property(fc.string({ minLength: 1 }), (holder) => {
                fc.pre(!holder.startsWith("ann@here") && !/@here:\d+$/.test(holder));
                assert.equal(say(holder, 1), "held");
            }),
        );
    });
});

describe("commands in a Lease", () => {
    it("stay in order until the driver has received them", () => {
        const first = withRequest(undefined, "pause", "ann", 1);
        const second = withRequest(first.annotation, "rollback", "bob", 2);
        assert.deepEqual(controlRequests(second.annotation), [
            { id: first.id, control: "pause", by: "ann", at: 1 },
            { id: second.id, control: "rollback", by: "bob", at: 2 },
        ]);
        const left = removeRequests(second.annotation, new Set([first.id]));
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
        it(`are empty for ${JSON.stringify(wrong)}`, () => {
            assert.deepEqual(controlRequests(wrong), []);
        });
    }
});
