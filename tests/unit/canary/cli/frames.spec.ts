// What a person on call sees of a whole rollout, and of a rollback: frames of 80 columns.
import assert from "node:assert/strict";
import { liveStatusOf } from "../../../../canary/analysis/record/liveStatus";
import type { JournalRecord } from "../../../../canary/analysis/record/record";
import { replay } from "../../../../canary/analysis/record/reduce";
import { render } from "../../../../canary/cli/progress/render";
import { promotedJournal, rolledBackJournal } from "../../../fixtures/analysis/simulatedJournal";

/** The frame after the first record that a condition holds for, 12 s later. */
function frame(records: readonly JournalRecord[], holds: (record: JournalRecord) => boolean) {
    const index = records.findIndex(holds);
    assert.ok(index >= 0);
    const status = replay(records.slice(0, index + 1));
    // As it comes from the Lease.
    const live = JSON.parse(JSON.stringify(liveStatusOf(status)));
    return render(live, { width: 80, now: status.at + 12_000 });
}

const step = (weight: number, name: string) => (record: JournalRecord) =>
    record.type === "phase" && record.weight === weight && record.step === name;
const sampleAt = (weight: number) => (record: JournalRecord) =>
    record.type === "sample" && record.weight === weight;

describe("the frames of a rollout", () => {
    const records = promotedJournal();

    it("show an update, a phase, the bake, and the promotion", () => {
        assert.deepEqual(frame(records, step(10, "previewed")), [
            "demo/web running v1 → v2, stack dev",
            "════════════[2]────────────10────────────25────────────50────────────100",
            "weight  2 %, actual 1.69 %",
            "v1      stable 19 of 7,453 (0.255 %) failed",
            "v2      canary 0 of 128 (0 %) failed",
            "errors  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.645 of 250 to 1: rollback",
            "latency ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.779 of 200 to 1: rollback",
            "safe    ████████████████████████████████ 257 of 20 to 1: pass",
            "cost    0 of 50 failed beyond the stable's share",
            "next    weight 10 is being updated",
            "why     updating to weight 10",
            "stop    istio-canary rollback -r demo/web (or pause)",
        ]);
        assert.deepEqual(frame(records, sampleAt(25)), [
            "demo/web running v1 → v2, stack dev",
            "════════════2════════════10════════════[25]────────────50────────────100",
            "weight  25 %, actual 21.4 %",
            "v1      stable 26 of 10,566 (0.246 %) failed",
            "v2      canary 0 of 529 (0 %) failed",
            "errors  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.523 of 250 to 1: rollback",
            "latency ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.555 of 200 to 1: rollback",
            "safe    ███░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 2.04 of 20 to 1: pass",
            "cost    0 of 50 failed beyond the stable's share",
            "next    weight 50 in 13 s, if every gate passes; otherwise hold in 59 min 43 s",
            "why     errors: 0 of 529 canary requests and 26 of 10,566 stable requests",
            "        failed; odds 2.04 to 1 that the canary fails at most 1 % more, as weight",
            "        50 requires; passes at 20",
            "stop    istio-canary rollback -r demo/web (or pause)",
        ]);
        assert.deepEqual(frame(records, sampleAt(100)), [
            "demo/web running v1 → v2, stack dev",
            "════════════2════════════10════════════25════════════50════════════[100]",
            "weight  100 %, actual 100 %",
            "v1      stable 30 of 14,763 (0.203 %) failed",
            "v2      canary 7 of 3,914 (0.179 %) failed",
            "errors  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.908 of 400 to 1: rollback",
            "latency ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.452 of 200 to 1: rollback",
            "cost    0 of 50 failed beyond the stable's share",
            "next    promotion in 1 min 43 s, if every gate passes; otherwise hold in 59 min",
            "        43 s",
            "why     every gate passes; 5 s of 2m elapsed",
            "stop    istio-canary rollback -r demo/web (or pause)",
        ]);
        assert.deepEqual(
            frame(records, ({ type }) => type === "ended"),
            [
                "demo/web promoted v1 → v2, stack dev",
                "════════════2════════════10════════════25════════════50════════════[100]",
                "weight  100 %, actual 100 %",
                "v1      stable 30 of 14,763 (0.203 %) failed",
                "v2      canary 31 of 15,529 (0.2 %) failed",
                "errors  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.182 of 400 to 1: rollback",
                "latency ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.452 of 200 to 1: rollback",
                "cost    0 of 50 failed beyond the stable's share",
                "why     no failures above the limit in 2 min at 100 %",
            ],
        );
    });
});

describe("the frames of a rollback", () => {
    const records = rolledBackJournal();

    it("show the pause, the verdict, and weight 0", () => {
        assert.deepEqual(
            frame(records, ({ type }) => type === "control"),
            [
                "demo/web paused v1 → v2, stack dev",
                "════════════[2]────────────10────────────25────────────50────────────100",
                "weight  2 %, actual 1.12 %",
                "v1      stable 5 of 1,505 (0.332 %) failed",
                "v2      canary 0 of 17 (0 %) failed",
                "errors  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1 of 250 to 1: rollback",
                "latency ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1 of 200 to 1: rollback",
                "safe    ██░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1.87 of 20 to 1: pass",
                "cost    0 of 50 failed beyond the stable's share",
                "next    nothing until `istio-canary resume`; a rollback still happens",
                "why     paused by ada",
                "stop    istio-canary rollback -r demo/web",
            ],
        );
        assert.deepEqual(
            frame(records, ({ type }) => type === "rollback"),
            [
                "demo/web rolling back v1 → v2, stack dev",
                "════════════2════════════10════════════[25]────────────50────────────100",
                "weight  25 %, actual 24.5 %",
                "v1      stable 21 of 10,644 (0.197 %) failed",
                "v2      canary 46 of 916 (5.02 %) failed",
                "errors  ████████████████████████████████ 44,100 of 250 to 1: rollback",
                "latency ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.504 of 200 to 1: rollback",
                "safe    ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ < 0.01 of 20 to 1: pass",
                "cost    44.5 of 50 failed beyond the stable's share",
                "next    weight 0 is being written",
                "why     errors: the canary fails more than the stable: 46 of 916 canary requests",
                "        and 21 of 10,644 stable requests failed; odds 44,100 to 1, rollback at",
                "        250",
            ],
        );
        assert.deepEqual(
            frame(records, ({ type }) => type === "ended"),
            [
                "demo/web rolled back v1 → v2, stack dev",
                "────────────2────────────10────────────25────────────50────────────100",
                "weight  0 %",
                "v1      stable 21 of 10,644 (0.197 %) failed",
                "v2      canary 46 of 916 (5.02 %) failed",
                "errors  ████████████████████████████████ 44,100 of 250 to 1: rollback",
                "latency ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.504 of 200 to 1: rollback",
                "safe    ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ < 0.01 of 20 to 1: pass",
                "cost    44.5 of 50 failed beyond the stable's share",
                "why     errors: the canary fails more than the stable: 46 of 916 canary requests",
                "        and 21 of 10,644 stable requests failed; odds 44,100 to 1, rollback at",
                "        250",
            ],
        );
    });
});
