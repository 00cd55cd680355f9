import assert from "node:assert/strict";
import type { JournalRecord } from "../../../../canary/analysis/record/record";
import { NoRollout, summarise } from "../../../../canary/analysis/report/summarise";
import { promotedJournal, rolledBackJournal } from "../../../fixtures/analysis/simulatedJournal";

const NO_REQUESTS = { requests: 0, failed: 0 };

describe("summarise", () => {
    const promoted = summarise(promotedJournal());
    const records = rolledBackJournal();
    const rolledBack = summarise(records);

    it("reports what was rolled out, how it ended and why", () => {
        assert.deepEqual(promoted.rollout, {
            id: "web-20261121T131200Z",
            stack: "dev",
            app: "web",
            namespace: "demo",
            stable: "v1",
            canary: "v2",
            images: { v1: "registry.example/web:1.0.0", v2: "registry.example/web:1.1.0" },
            ladder: [2, 10, 25, 50, 100],
            configHash: "9f2c1d0e".repeat(8),
            toolVersion: "0.1.0",
        });
        assert.equal(promoted.outcome, "promoted");
        assert.equal(promoted.reason, "no failures above the limit in 2 min at 100 %");
        assert.deepEqual(promoted.started, { at: "2026-11-21T13:12:00.000Z", second: 0 });
        assert.equal(rolledBack.outcome, "rolledBack");
        assert.match(rolledBack.reason, /^errors: the canary fails more than the stable: \d+ of/);
    });

    it("lists every weight with its steps, and the rollback last", () => {
        assert.deepEqual(
            promoted.phases.map(({ kind, weight }) => `${kind} ${weight}`),
            ["phase 2", "phase 10", "phase 25", "phase 50", "phase 100"],
        );
        const [first, second] = promoted.phases;
        assert.deepEqual(
            [first?.wanted, first?.previewed, first?.updated, first?.routed].map((m) => m?.second),
            [0, 3.1, 5.3, 6.2],
        );
        assert.equal(second?.wanted?.second, 81.2);
        assert.deepEqual(first?.seconds, { preview: 3.1, update: 2.2, route: 0.9, held: 75 });
        assert.match(first?.verdict?.reason ?? "", /at most 5 % more, as weight 10 requires/);
        const back = rolledBack.phases.at(-1);
        assert.equal(back?.kind, "rollback");
        assert.equal(back?.weight, 0);
        assert.equal(
            back?.seconds.update,
            1.1,
            "until weight 0 was written, not until the engine finished",
        );
        assert.equal(back?.seconds.held, 0);
    });

    it("counts every request once, by phase and in total", () => {
        for (const report of [promoted, rolledBack]) {
            const sum = (role: "canary" | "stable", key: "requests" | "failed") =>
                report.phases.reduce((total, phase) => total + phase[role][key], 0);
            for (const role of ["canary", "stable"] as const) {
                assert.equal(sum(role, "requests"), report.total[role].requests);
                assert.equal(sum(role, "failed"), report.total[role].failed);
            }
        }
        const judged = records.filter((record) => record.type === "sample").at(-1);
        assert.deepEqual(rolledBack.total.canary, judged?.decision.evidence.canary);
        assert.deepEqual(rolledBack.total.stable, judged?.decision.evidence.stable);
        assert.deepEqual(promoted.phases.at(-1)?.stable, NO_REQUESTS);
    });

    it("reports the cost, the budget, and the requests above each latency bound", () => {
        // Each sample by itself: the weight changes.
        const excess = rolledBack.samples.map(({ counts }) =>
            counts === undefined
                ? 0
                : counts.canary.failed -
                  (counts.canary.requests * counts.stable.failed) / counts.stable.requests,
        );
        const sum = excess.reduce((total, one) => total + one, 0);
        assert.equal(rolledBack.exposure.budget, 50);
        assert.ok(Math.abs(rolledBack.exposure.failed - sum) < 1e-9);
        const [slow, ...others] = promoted.latency;
        assert.equal(slow?.bound, 250);
        assert.equal(slow?.canary.requests, promoted.total.canary.requests);
        assert.deepEqual(others, []);
    });

    it("has evidence for each sample, and no counts for samples without data", () => {
        const sampled = records.filter((record) => record.type === "sample");
        assert.equal(rolledBack.samples.length, sampled.length);
        assert.deepEqual(
            rolledBack.samples.flatMap(({ counts }, index) =>
                counts === undefined ? [index + 1] : [],
            ),
            [6, 7],
        );
        const last = rolledBack.samples.at(-1);
        assert.ok((last?.harm ?? 0) >= (last?.harmLimit ?? Number.POSITIVE_INFINITY));
    });

    it("merges consecutive holds for the same reason, and nothing else", () => {
        const sampled = rolledBack.decisions.reduce(
            (total, decision) => total + decision.samples,
            0,
        );
        assert.equal(sampled, rolledBack.samples.length);
        assert.deepEqual(
            rolledBack.decisions
                .slice(0, 4)
                .map(({ action, verdict, samples: n }) => [action, verdict, n]),
            [
                ["hold", "inconclusive", 5],
                ["hold", "error", 2],
                ["hold", "inconclusive", 1],
                ["hold", "inconclusive", 3],
            ],
        );
        const [first] = rolledBack.decisions;
        assert.match(first?.reason ?? "", /in 25 s/);
        assert.equal(first?.phase.dwellSeconds, 25);
        for (const { action, samples: n } of promoted.decisions) {
            if (action !== "hold") assert.equal(n, 1);
        }
    });

    it("lists commands, gates and problems of Prometheus with their times", () => {
        assert.deepEqual(
            rolledBack.controls.map(({ at, control, by }) => [at.slice(11, 19), control, by]),
            [
                ["13:12:26", "pause", "ada"],
                ["13:12:31", "resume", "ada"],
            ],
        );
        assert.deepEqual(rolledBack.gates, [
            {
                at: "2026-11-21T13:12:31.200Z",
                second: 31.2,
                gate: "business hours",
                weight: 10,
                when: "before",
                verdict: "pass",
                reason: "it is Sat 13:12 in UTC",
            },
        ]);
        const [problem, ...others] = rolledBack.problems;
        assert.equal(problem?.problem, "unreachable");
        assert.equal(problem?.samples, 2);
        assert.deepEqual([problem?.from.second, problem?.to.second], [36.2, 41.2]);
        assert.deepEqual(others, []);
    });

    it("lists each advice of a policy once, with its weights", () => {
        assert.deepEqual(
            promoted.policy.map(({ weights }) => weights),
            [[2, 10, 25, 50, 100]],
        );
    });

    it("lists the steps of a rollback with the seconds since the verdict", () => {
        assert.deepEqual(
            rolledBack.rollback?.steps.map(({ step, second }) => [step, second]),
            [
                ["verdict", 0],
                ["written", 1.1],
                ["engine", 1.9],
                ["routed", 2.4],
            ],
        );
        assert.equal(rolledBack.rollback?.seconds, 2.4);
        assert.equal(promoted.rollback, undefined);
    });

    it("does not report a rollback as done before callers have weight 0", () => {
        const cut = records.slice(0, -2);
        const report = summarise(cut);
        assert.equal(report.rollback?.seconds, undefined);
        assert.equal(report.outcome, "unfinished");
        assert.equal(report.phases.at(-1)?.routed, undefined);
    });

    it("accepts a journal that ends at any record", () => {
        for (let length = 1; length <= records.length; length++) {
            const report = summarise(records.slice(0, length));
            assert.equal(report.outcome, length === records.length ? "rolledBack" : "unfinished");
        }
        assert.match(summarise(records.slice(0, 2)).reason, /updating to weight 2$/);
    });

    it("keeps one phase for a weight that a resumed driver wants again", () => {
        const [started, wanted, ...rest] = promotedJournal({ samples: 3 });
        assert.ok(started && wanted?.type === "phase");
        const resumed: JournalRecord = { ...wanted, type: "resumed", found: "weight 2 wanted" };
        const twice = [started, wanted, resumed, wanted, ...rest];
        const report = summarise(twice);
        assert.equal(report.phases.length, 1);
        assert.equal(report.resumed[0]?.found, "weight 2 wanted");
    });

    it("refuses records that do not start a rollout", () => {
        assert.throws(() => summarise([]), NoRollout);
        assert.throws(
            () => summarise(records.slice(1, 4)),
            /^NoRollout: The first record of a rollout: expected "started", got "phase"\.$/,
        );
    });

    it("survives JSON", () => {
        for (const report of [promoted, rolledBack]) {
            assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
        }
    });

    it("keeps the fields that docs/driver/report.md names", () => {
        assert.deepEqual(Object.keys(rolledBack).sort(), [
            "controls",
            "decisions",
            "drift",
            "ended",
            "exposure",
            "gates",
            "latency",
            "notes",
            "outcome",
            "phases",
            "policy",
            "problems",
            "reason",
            "resumed",
            "rollback",
            "rollout",
            "samples",
            "started",
            "total",
            "version",
        ]);
    });
});
