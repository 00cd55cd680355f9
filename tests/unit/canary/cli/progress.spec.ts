// The progress of a rollout on a terminal and in a log.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { RecordBody } from "../../../../canary/analysis/record/record";
import { createProgress, type ProgressOptions } from "../../../../canary/cli/progress/progress";
import { render } from "../../../../canary/cli/progress/render";
import {
    BACK,
    decisionOf,
    EVIDENCE,
    journalOf,
    ROUTED,
    STARTED_AT,
    sampleRecord,
    startedRecord,
    statusOf,
    watch,
} from "../../../fixtures/analysis/rolloutRecords";

const NOW = STARTED_AT + 60_000;
const view = (width: number, ...records: RecordBody[]) =>
    render(statusOf(...records), { width, now: NOW });

describe("render", () => {
    it("shows a whole phase at 80 columns", () => {
        assert.deepEqual(view(80, ...ROUTED, sampleRecord()), [
            "shop/web running v1 → v2, stack prod",
            "════════════[10]────────────25────────────50────────────100",
            "weight  10 %, actual 10 %",
            "v1      stable 2 of 1,890 (0.106 %) failed",
            "v2      canary 3 of 210 (1.43 %) failed",
            "errors  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 4.48 of 200 to 1: rollback",
            "latency ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1.22 of 200 to 1: rollback",
            "safe    █████████████████░░░░░░░░░░░░░░░ 11 of 20.1 to 1: pass",
            "cost    2.8 failed beyond the stable's share",
            "next    weight 25 in 10 s, if every gate passes; otherwise hold in 59 min 40 s",
            "why     errors: 3 of 210 failed; evidence 1.5 of 5.3",
            "stop    istio-canary rollback -r shop/web (or pause)",
        ]);
    });

    it("shows the same numbers at 40 columns", () => {
        assert.deepEqual(view(40, ...ROUTED, sampleRecord()), [
            "shop/web running v1 → v2, stack prod",
            "═══════[10]───────25───────50───────100",
            "weight  10 %, actual 10 %",
            "v1      stable 2 of 1,890 (0.106 %) fai…",
            "v2      canary 3 of 210 (1.43 %) failed",
            "errors  ░░░░░ 4.48 of 200 to 1: rollback",
            "latency ░░░░░ 1.22 of 200 to 1: rollback",
            "safe    ██░░░ 11 of 20.1 to 1: pass",
            "cost    2.8 failed beyond the stable's …",
            "next    weight 25 in 10 s, if every gate",
            "        passes; otherwise hold in 59 min",
            "        40 s",
            "why     errors: 3 of 210 failed;",
            "        evidence 1.5 of 5.3",
            "stop    istio-canary rollback -r",
            "        shop/web (or pause)",
        ]);
    });

    for (const width of [40, 80, 120]) {
        it(`is never wider than ${width} columns`, () => {
            const reason = "x".repeat(200) + " word".repeat(100);
            const evidence = { ...EVIDENCE, harm: 1e6, safe: -40, exposed: 1e9 };
            const sample = sampleRecord({ decision: decisionOf({ reason, evidence }) });
            const ladder = [1, 2, 3, 5, 8, 13, 21, 34, 55, 100];
            const started = startedRecord({ app: "a".repeat(40), ladder });
            const lines = view(width, started, ...ROUTED.slice(1), sample);
            for (const line of lines) assert.ok(line.length <= width, line);
            assert.match(lines.join("\n"), /errors +█+ > 1,000,000 of 200/);
            assert.match(lines.join("\n"), /safe +░+ < 0\.01 of 20\.1/);
        });
    }

    it("shows the next weight and its step", () => {
        const lines = view(80, ...ROUTED, sampleRecord(), {
            type: "phase",
            weight: 25,
            step: "previewed",
        });
        assert.match(lines[1] ?? "", /\[10\]/);
        assert.ok(lines.includes("next    weight 25 is being updated"));
    });

    it("shows the bake at weight 100, and the exposure budget", () => {
        const started = startedRecord();
        const analysis = { ...started.analysis, bake: "2m", exposureBudget: 100 };
        const lines = view(
            80,
            { ...started, analysis },
            { type: "phase", weight: 100, step: "routed", seconds: 1 },
            sampleRecord({ weight: 100 }),
        );
        assert.ok(
            lines.includes(
                "next    promotion in 1 min 10 s, if every gate passes; otherwise hold in 59 min",
            ),
        );
        assert.ok(lines.includes("cost    2.8 of 100 failed beyond the stable's share"));
        assert.match(lines[1] ?? "", /═+10═+25═+50═+\[100\]$/);
    });

    it("shows the outcome in words", () => {
        const lines = view(80, ...ROUTED, sampleRecord(), ...BACK);
        assert.equal(lines[0], "shop/web rolled back v1 → v2, stack prod");
        assert.match(lines[2] ?? "", /^weight {2}0 %/);
        assert.equal(lines.at(-1), "why     errors: 40 of 210 failed");
        assert.ok(!lines.some((line) => /^(next|stop)/.test(line)), "nothing comes after the end");
    });

    it("removes escape sequences from a reason", () => {
        const note = "\u001b[31merror:\u001b[0m no\u0007 such\nthing";
        const lines = view(80, ...ROUTED, { type: "ended", outcome: "held", reason: note });
        assert.equal(lines.at(-1), "why     error: no such thing");
    });
});

describe("createProgress", () => {
    /** A progress whose `see` returns the text that it has written. */
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
            see(...records: readonly RecordBody[]) {
                watch(progress, ...records);
                progress.stop();
                progress.stop();
                return String(stream.read() ?? "");
            },
        };
    }

    it("prints each event on a line with its time if there is no terminal", () => {
        const text = progressOf(false).see(...ROUTED, ...BACK);
        assert.deepEqual(text.split("\n").slice(0, 3), [
            "2026-11-21T13:12:00Z web-20261121T131200Z: v1 (registry.example/web:1.0.0) → v2 (registry.example/web:1.1.0), weights 10, 25, 50, 100",
            "2026-11-21T13:12:10Z weight 10 is next",
            "2026-11-21T13:12:20Z weight 10 previewed in 4 s",
        ]);
        assert.equal(text.trimEnd().split("\n").length, ROUTED.length + BACK.length);
    });

    it("prints a sample if its decision changed, or after 30 seconds", () => {
        const pass = decisionOf({ action: "advance", verdict: "pass" });
        const samples = [
            startedRecord(),
            sampleRecord(),
            sampleRecord(),
            sampleRecord({ decision: pass }),
            sampleRecord({ decision: pass }),
            sampleRecord({ decision: pass }),
            sampleRecord({ decision: pass }),
        ];
        const text = progressOf(false).see(...samples);
        const lines = text.trimEnd().split("\n").slice(1);
        assert.deepEqual(
            lines.map((line) => line.slice(0, 49)),
            [
                "2026-11-21T13:12:10Z weight 10: hold, inconclusiv",
                "2026-11-21T13:12:30Z weight 10: advance, pass: er",
                "2026-11-21T13:13:00Z weight 10: advance, pass: er",
            ],
        );
        assert.equal(
            lines[0]?.slice(21),
            "weight 10: hold, inconclusive: errors: 3 of 210 failed; evidence 1.5 of 5.3 [failed: stable 2 of 1,890 (0.106 %), canary 3 of 210 (1.43 %); odds: fails more 4.48 of 200; slower 1.22 of 200; safe 11 of 20.1]",
        );
    });

    it("prints one JSON record per line with --json, on a terminal too", () => {
        const records = [...ROUTED, sampleRecord(), sampleRecord()];
        const text = progressOf(true, { json: true }).see(...records);
        const lines = text.trimEnd().split("\n");
        assert.deepEqual(
            lines.map((line) => JSON.parse(line)),
            JSON.parse(JSON.stringify(journalOf(...records))),
        );
    });

    it("keeps events above the redrawn status on a terminal", () => {
        const text = progressOf(true).see(...ROUTED, sampleRecord());
        assert.match(text, /13:12:10Z.* weight 10 is next\n/);
        assert.match(text, /shop\/web/);
        const ends = text.split("otherwise hold in").length - 1;
        assert.equal(ends, 2, "once for the phase, once for the sample");
        const last = text.slice(text.lastIndexOf("weight 10 reached callers"));
        assert.match(last, /errors: 3 of 210 failed; evidence 1\.5 of 5\.3/);
    });

    it("has colours unless NO_COLOR or TERM disables them", () => {
        const records = [...ROUTED, sampleRecord()];
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for them.
        const colour = /\u001b\[\d+m/;
        assert.match(progressOf(true).see(...records), colour);
        const plain = { TERM: "xterm", NO_COLOR: "1" };
        assert.doesNotMatch(progressOf(true, { env: plain }).see(...records), colour);
        const dumb = progressOf(true, { env: { TERM: "dumb" } }).see(...records);
        assert.ok(!dumb.includes("\u001b"), "no cursor movements either");
    });
});
