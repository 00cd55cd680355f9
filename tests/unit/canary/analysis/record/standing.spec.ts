import assert from "node:assert/strict";
import type { RecordBody } from "../../../../../canary/analysis/record/record";
import { liveShare, standingAfter } from "../../../../../canary/analysis/record/standing";
import {
    decisionOf,
    EVIDENCE,
    journalOf,
    lookRecord,
    ROUTED,
    STARTED_AT,
    standingOf,
    startedRecord,
} from "../../../../fixtures/analysis/rolloutRecords";

const WAITING: RecordBody = {
    type: "gate",
    gate: "approval",
    weight: 25,
    when: "before",
    verdict: "waiting",
    reason: "weight 25 needs `istio-canary approve`",
};
const PASSED = lookRecord({ decision: decisionOf({ action: "advance", verdict: "pass" }) });
const PAUSE: RecordBody = { type: "control", control: "pause", by: "ada" };

describe("standingAfter", () => {
    it("should know nothing before a rollout has started", () => {
        const [note] = journalOf({ type: "note", text: "" });
        assert.ok(note);
        assert.equal(standingAfter(undefined, note), undefined);
    });

    it("should have a weight only once callers have it", () => {
        const wanted = standingOf(...ROUTED.slice(0, 4));
        assert.deepEqual([wanted.weight, wanted.next], [0, { weight: 10, step: "updated" }]);
        const routed = standingOf(...ROUTED);
        assert.deepEqual([routed.weight, routed.next], [10, undefined]);
        assert.equal(routed.phaseSince, STARTED_AT + 40_000);
    });

    it("should begin where a hand has left the weight", () => {
        assert.equal(standingOf(startedRecord({ weight: 25 })).weight, 25);
    });

    it("should tell a look without an answer from one with", () => {
        const seen = standingOf(...ROUTED, lookRecord());
        assert.equal(seen.answeredAt, STARTED_AT + 60_000);
        const later = { lookedAt: STARTED_AT + 65_000, problem: "unreachable" } as const;
        const blind = standingOf(...ROUTED, lookRecord(), lookRecord(later));
        assert.equal(blind.answeredAt, STARTED_AT + 60_000);
        assert.equal(blind.look?.problem, "unreachable");
    });

    it("should wait at a gate while the evidence is there, and no longer", () => {
        const state = (...more: RecordBody[]) => standingOf(...ROUTED, ...more).state;
        assert.equal(state(PASSED, WAITING), "waiting");
        assert.equal(state(PASSED, WAITING, PASSED), "waiting");
        assert.equal(state(PASSED, WAITING, lookRecord()), "running");
        assert.equal(state(PASSED, { ...WAITING, verdict: "pass" }), "running");
        const reason = "approval: weight 25 needs `istio-canary approve`";
        assert.equal(standingOf(...ROUTED, PASSED, WAITING, PASSED).reason, reason);
    });

    it("should stay paused until it is resumed or over", () => {
        const state = (...more: RecordBody[]) => standingOf(...ROUTED, PAUSE, ...more).state;
        assert.equal(state(lookRecord()), "paused");
        assert.equal(state({ type: "control", control: "resume", by: "ada" }), "running");
        assert.equal(state({ type: "ended", outcome: "held", reason: "" }), "held");
    });

    it("should roll back with the verdict's reason, and have weight 0 once callers do", () => {
        const step = (step: "verdict" | "engine" | "written" | "routed", reason = "") =>
            ({ type: "rollback", step, seconds: 1, reason }) as const;
        const back = standingOf(...ROUTED, step("verdict", "errors: 9 of 20"), step("engine", "x"));
        assert.deepEqual(
            [back.state, back.weight, back.reason],
            ["rollingBack", 10, "errors: 9 of 20"],
        );
        const routed = standingOf(...ROUTED, step("verdict", "errors: 9 of 20"), step("routed"));
        assert.deepEqual([routed.state, routed.weight], ["rollingBack", 0]);
        const ended = { type: "ended", outcome: "rolledBack", reason: "errors" } as const;
        assert.equal(standingOf(...ROUTED, step("routed"), ended).state, "rolledBack");
    });
});

describe("liveShare", () => {
    it("should be that of the phase's requests", () => {
        assert.equal(liveShare(standingOf(...ROUTED, lookRecord())), 0.1);
    });

    it("should be none without a request", () => {
        assert.equal(liveShare(standingOf(...ROUTED)), undefined);
        const none = { requests: 0, failed: 0 };
        const evidence = { ...EVIDENCE, phase: { canary: none, stable: none } };
        const look = lookRecord({ decision: decisionOf({ evidence }) });
        assert.equal(liveShare(standingOf(...ROUTED, look)), undefined);
    });
});
