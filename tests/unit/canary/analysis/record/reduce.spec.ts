import assert from "node:assert/strict";
import type { RecordBody } from "../../../../../canary/analysis/record/record";
import { liveShare, replay, unwrittenWeight } from "../../../../../canary/analysis/record/reduce";
import {
    decisionOf,
    EVIDENCE,
    journalOf,
    ROUTED,
    STARTED_AT,
    sampleRecord,
    startedRecord,
    statusOf,
} from "../../../../fixtures/analysis/rolloutRecords";

const WAITING: RecordBody = {
    type: "gate",
    gate: "approval",
    weight: 25,
    when: "before",
    verdict: "waiting",
    reason: "weight 25 needs an approval: run `istio-canary approve`",
};
const PASSED = sampleRecord({ decision: decisionOf({ action: "advance", verdict: "pass" }) });
const control = (name: "pause" | "resume" | "approve" | "promote"): RecordBody => ({
    type: "control",
    control: name,
    by: "ada",
});
const rollback = (
    step: "verdict" | "engine" | "emergency" | "written" | "routed",
    reason = "",
    ok?: boolean,
): RecordBody => ({ type: "rollback", step, seconds: 1, reason, ...(ok !== undefined && { ok }) });

describe("replay", () => {
    it("refuses records that do not start a rollout", () => {
        const note = journalOf({ type: "note", text: "" });
        assert.throws(() => replay(note), /expected "started", got "note"/);
        assert.throws(() => replay([]), /expected "started", got nothing/);
    });
});

describe("reduce", () => {
    it("reports a weight only once callers have it", () => {
        const updated = statusOf(...ROUTED.slice(0, 4));
        assert.deepEqual([updated.weight, updated.writtenWeight], [0, 10]);
        assert.deepEqual(updated.pending, { weight: 10, step: "updated" });
        const routed = statusOf(...ROUTED);
        assert.deepEqual([routed.weight, routed.pending], [10, undefined]);
        assert.equal(routed.phaseSince, STARTED_AT + 40_000);
    });

    it("reports the weight of an update that was begun and not written", () => {
        assert.equal(unwrittenWeight(statusOf(...ROUTED.slice(0, 2))), 10);
        assert.equal(unwrittenWeight(statusOf(...ROUTED.slice(0, 3))), 10);
        assert.equal(unwrittenWeight(statusOf(...ROUTED.slice(0, 4))), undefined);
    });

    it("starts from a weight that was set by hand", () => {
        assert.equal(statusOf(startedRecord({ weight: 25 })).weight, 25);
    });

    it("distinguishes a sample without counts from one with counts", () => {
        const sampled = statusOf(...ROUTED, sampleRecord());
        assert.equal(sampled.answeredAt, STARTED_AT + 60_000);
        const later = { sampledAt: STARTED_AT + 65_000, problem: "unreachable" } as const;
        const blind = statusOf(...ROUTED, sampleRecord(), sampleRecord(later));
        assert.equal(blind.answeredAt, STARTED_AT + 60_000);
        assert.equal(blind.sample?.problem, "unreachable");
    });

    it("waits for a gate only while the phase has passed", () => {
        const state = (...more: RecordBody[]) => statusOf(...ROUTED, ...more).state;
        assert.equal(state(PASSED, WAITING), "waiting");
        assert.equal(state(PASSED, WAITING, PASSED), "waiting");
        assert.equal(state(PASSED, WAITING, sampleRecord()), "running");
        assert.equal(state(PASSED, { ...WAITING, verdict: "pass" }), "running");
        const reason =
            "gate approval before weight 25: weight 25 needs an approval: run `istio-canary approve`";
        assert.equal(statusOf(...ROUTED, PASSED, WAITING, PASSED).reason, reason);
    });

    it("keeps the answers of gates, so that a driver that resumes records only new ones", () => {
        const { gates } = statusOf(...ROUTED, WAITING);
        assert.equal(gates["before 25 approval"]?.verdict, "waiting");
    });

    it("stays paused until it is resumed or ends", () => {
        const state = (...more: RecordBody[]) =>
            statusOf(...ROUTED, control("pause"), ...more).state;
        assert.equal(state(sampleRecord()), "paused");
        assert.equal(state(control("resume")), "running");
        assert.equal(state({ type: "ended", outcome: "held", reason: "" }), "held");
    });

    it("approves the next weight, once", () => {
        assert.deepEqual(statusOf(...ROUTED, control("approve")).approved, [25]);
    });

    it("keeps a request to promote until the next weight is written", () => {
        assert.equal(statusOf(...ROUTED, control("promote")).skipWait, true);
        const next = (step: "wanted" | "updated"): RecordBody => ({
            type: "phase",
            weight: 25,
            step,
        });
        assert.equal(statusOf(...ROUTED, control("promote"), next("wanted")).skipWait, true);
        assert.equal(statusOf(...ROUTED, control("promote"), next("updated")).skipWait, false);
    });

    it("reports the rollback's verdict as the reason, and weight 0 once callers have it", () => {
        const verdict = rollback("verdict", "errors: 9 of 20");
        const begun = statusOf(...ROUTED, verdict, rollback("engine", "x", false));
        assert.deepEqual(
            [begun.state, begun.weight, begun.writtenWeight, begun.reason],
            ["rollingBack", 10, 10, "errors: 9 of 20"],
        );
        const written = statusOf(...ROUTED, verdict, rollback("written"));
        assert.deepEqual([written.weight, written.writtenWeight], [10, 0]);
        const routed = statusOf(...ROUTED, verdict, rollback("routed"));
        assert.deepEqual([routed.state, routed.weight], ["rollingBack", 0]);
        const ended = { type: "ended", outcome: "rolledBack", reason: "errors" } as const;
        assert.equal(statusOf(...ROUTED, rollback("routed"), ended).state, "rolledBack");
    });

    for (const step of ["engine", "emergency"] as const) {
        it(`reports weight 0 as written only if the attempt succeeded: ${step}`, () => {
            assert.equal(statusOf(...ROUTED, rollback(step, "", false)).writtenWeight, 10);
            assert.equal(statusOf(...ROUTED, rollback(step, "", true)).writtenWeight, 0);
        });
    }
});

describe("liveShare", () => {
    it("is the canary's share of the phase's requests", () => {
        assert.equal(liveShare(statusOf(...ROUTED, sampleRecord())), 0.1);
    });

    it("is undefined without requests", () => {
        assert.equal(liveShare(statusOf(...ROUTED)), undefined);
        const none = { requests: 0, failed: 0 };
        const evidence = { ...EVIDENCE, phase: { canary: none, stable: none } };
        const sample = sampleRecord({ decision: decisionOf({ evidence }) });
        assert.equal(liveShare(statusOf(...ROUTED, sample)), undefined);
    });

    it("is undefined after a rollback", () => {
        const routed = statusOf(...ROUTED, sampleRecord(), rollback("routed"));
        assert.deepEqual([routed.weight, liveShare(routed)], [0, undefined]);
    });
});
