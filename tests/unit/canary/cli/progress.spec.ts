// What people see of a rollout on a terminal and in a log.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { JournalRecord, RecordBody } from "../../../../canary/analysis/record/record";
import { createProgress, type ProgressOptions } from "../../../../canary/cli/progress";
import { render } from "../../../../canary/cli/progress/render";
import { timeText } from "../../../../canary/cli/progress/words";
import {
    BACK,
    decisionOf,
    EVIDENCE,
    journalOf,
    lookRecord,
    ROUTED,
    STARTED_AT,
    standingOf,
    startedRecord,
} from "../../../fixtures/analysis/rolloutRecords";

const NOW = STARTED_AT + 60_000;
const view = (width: number, ...records: RecordBody[]) =>
    render(standingOf(...records), { width, now: NOW });

describe("render", () => {
    it("should show all of a phase at 80 columns", () => {
        assert.deepEqual(view(80, ...ROUTED, lookRecord()), [
            "shop/web running v1 → v2, stack prod",
            "════════════[10]────────────25────────────50────────────100",
            "weight  10 %, callers see 10.0 %",
            "v1      stable 2 of 1,890 failed (0.11 %)",
            "v2      canary 3 of 210 failed (1.4 %)",
            "harm    ███████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1.5 of 5.3, then rollback",
            "slow    █░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0.2 of 5.3, then rollback",
            "safe    ████████████████████████████████░░░░░░░░ 2.4 of 3.0, then passed",
            "cost    3 failed beyond v1's share",
            "time    20s here, 10s left of 30s, deadline in 59m 40s",
            "errors: 3 of 210 failed; evidence 1.5 of 5.3",
        ]);
    });

    it("should say the same numbers at 40 columns", () => {
        assert.deepEqual(view(40, ...ROUTED, lookRecord()), [
            "shop/web running v1 → v2, stack prod",
            "═══════[10]───────25───────50───────100",
            "weight  10 %, callers see 10.0 %",
            "v1      stable 2 of 1,890 failed (0.11 …",
            "v2      canary 3 of 210 failed (1.4 %)",
            "harm    █░░░░ 1.5 of 5.3, then rollback",
            "slow    ░░░░░ 0.2 of 5.3, then rollback",
            "safe    ████░ 2.4 of 3.0, then passed",
            "cost    3 failed beyond v1's share",
            "time    20s here, 10s left of 30s",
            "        deadline in 59m 40s",
            "errors: 3 of 210 failed; evidence 1.5 of",
            "5.3",
        ]);
    });

    for (const width of [40, 80, 120]) {
        it(`should never be wider than ${width} columns`, () => {
            const reason = "x".repeat(200) + " word".repeat(100);
            const evidence = { ...EVIDENCE, harm: 1e6, safe: -40, exposed: 1e9 };
            const look = lookRecord({ decision: decisionOf({ reason, evidence }) });
            const ladder = [1, 2, 3, 5, 8, 13, 21, 34, 55, 100];
            const started = startedRecord({ app: "a".repeat(40), ladder });
            const lines = view(width, started, ...ROUTED.slice(1), look);
            for (const line of lines) assert.ok(line.length <= width, line);
            assert.match(lines.join("\n"), /harm +█+ 1000000\.0 of 5\.3/);
            assert.match(lines.join("\n"), /safe +░+ -40\.0 of 3\.0/);
        });
    }

    it("should tell which weight is on its way, and how far", () => {
        const [, bar, weight] = view(80, ...ROUTED, lookRecord(), {
            type: "phase",
            weight: 25,
            step: "previewed",
        });
        assert.match(bar ?? "", /\[10\]/);
        assert.equal(weight, "weight  10 %, callers see 10.0 %; 25 is updated now");
    });

    it("should count the bake at 100, and what the budget is", () => {
        const started = startedRecord();
        const analysis = { ...started.analysis, bake: "2m", exposureBudget: 100 };
        const lines = view(
            80,
            { ...started, analysis },
            { type: "phase", weight: 100, step: "routed", seconds: 1 },
            lookRecord({ weight: 100 }),
        );
        assert.ok(lines.includes("time    50s here, 1m 10s left of 2m, deadline in 59m 10s"));
        assert.ok(lines.includes("cost    3 of 100 failed beyond v1's share"));
        assert.match(lines[1] ?? "", /═+10═+25═+50═+\[100\]$/);
    });

    it("should say how it ended in words", () => {
        const lines = view(80, ...ROUTED, lookRecord(), ...BACK);
        assert.equal(lines[0], "shop/web rolled back v1 → v2, stack prod");
        assert.match(lines[2] ?? "", /^weight {2}0 %/);
        assert.equal(lines.at(-1), "errors: 40 of 210 failed");
        assert.ok(!lines.some((line) => line.startsWith("time")), "its time is over");
    });

    it("should show no escape sequence of a reason", () => {
        const note = "\u001b[31merror:\u001b[0m no\u0007 such\nthing";
        const lines = view(80, ...ROUTED, { type: "ended", outcome: "held", reason: note });
        assert.equal(lines.at(-1), "error: no such thing");
    });
});

describe("timeText", () => {
    it("should have two units at most", () => {
        const texts = [-1, 0, 59_999, 60_000, 3_599_000, 11_400_000].map(timeText);
        assert.deepEqual(texts, ["0s", "0s", "59s", "1m 00s", "59m 59s", "3h 10m"]);
    });
});

describe("createProgress", () => {
    /** All that was written, of a stream that is a terminal or not. */
    function progressOf(isTTY: boolean, options: Partial<ProgressOptions> = {}) {
        const stream = Object.assign(new PassThrough(), { isTTY, columns: 81, rows: 40 });
        const env = { TERM: "xterm" };
        const progress = createProgress({
            stream: stream as unknown as NodeJS.WriteStream,
            env,
            now: () => NOW,
            ...options,
        });
        return {
            see(records: readonly JournalRecord[]) {
                for (const record of records) progress.saw(record);
                progress.stop();
                progress.stop();
                return String(stream.read() ?? "");
            },
        };
    }

    it("should print each event on a line with its time where no terminal is", () => {
        const text = progressOf(false).see(journalOf(...ROUTED, ...BACK));
        assert.deepEqual(text.split("\n").slice(0, 3), [
            "2026-11-21T13:12:00Z web-20261121T131200Z: v1 (registry.example/web:1.0.0) → v2 (registry.example/web:1.1.0), weights 10, 25, 50, 100",
            "2026-11-21T13:12:10Z weight 10 wanted",
            "2026-11-21T13:12:20Z weight 10 previewed in 4.0 s",
        ]);
        assert.equal(text.trimEnd().split("\n").length, ROUTED.length + BACK.length);
    });

    it("should print a look when it says something new, or after 30 seconds", () => {
        const pass = decisionOf({ action: "advance", verdict: "pass" });
        const looks = [
            lookRecord(),
            lookRecord(),
            lookRecord({ decision: pass }),
            lookRecord({ decision: pass }),
            lookRecord({ decision: pass }),
            lookRecord({ decision: pass }),
        ];
        const text = progressOf(false).see(journalOf(...looks));
        const lines = text.trimEnd().split("\n");
        assert.deepEqual(
            lines.map((line) => line.slice(0, 49)),
            [
                "2026-11-21T13:12:00Z weight 10: hold, inconclusiv",
                "2026-11-21T13:12:20Z weight 10: advance, pass: er",
                "2026-11-21T13:12:50Z weight 10: advance, pass: er",
            ],
        );
        assert.equal(
            lines[0]?.slice(21),
            "weight 10: hold, inconclusive: errors: 3 of 210 failed; evidence 1.5 of 5.3 [stable 2 of 1,890 failed (0.11 %); canary 3 of 210 failed (1.4 %); harm 1.5 of 5.3; slow 0.2 of 5.3; safe 2.4 of 3.0]",
        );
    });

    it("should print one JSON record per line with --json, on a terminal too", () => {
        const records = journalOf(...ROUTED, lookRecord(), lookRecord());
        const text = progressOf(true, { json: true }).see(records);
        const lines = text.trimEnd().split("\n");
        assert.deepEqual(
            lines.map((line) => JSON.parse(line)),
            JSON.parse(JSON.stringify(records)),
        );
    });

    it("should keep events above what it redraws on a terminal, and know what was before", () => {
        const [started, ...rest] = journalOf(...ROUTED, lookRecord());
        assert.ok(started);
        const text = progressOf(true, { before: [started] }).see(rest);
        assert.ok(!text.includes("weights 10, 25, 50, 100"), "told by the driver before");
        assert.match(text, /13:12:10Z.* weight 10 wanted\n/);
        assert.match(text, /shop\/web/);
        const ends = text.split("deadline in 59m 40s").length - 1;
        assert.equal(ends, 2, "once for the phase, once for the look");
        const last = text.slice(text.lastIndexOf("weight 10 routed"));
        assert.match(last, /errors: 3 of 210 failed; evidence 1\.5 of 5\.3/);
    });

    it("should have colours, unless NO_COLOR or TERM say no", () => {
        const records = journalOf(...ROUTED, lookRecord());
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for.
        const colour = /\u001b\[\d+m/;
        assert.match(progressOf(true).see(records), colour);
        const plain = { TERM: "xterm", NO_COLOR: "1" };
        assert.doesNotMatch(progressOf(true, { env: plain }).see(records), colour);
        const dumb = progressOf(true, { env: { TERM: "dumb" } }).see(records);
        assert.ok(!dumb.includes("\u001b"), "no cursor movements either");
    });
});
