import assert from "node:assert/strict";
import { markdown, summarise } from "../../../../canary/analysis/report";
import { escaped } from "../../../../canary/analysis/report/markdown";
import {
    promotedJournal,
    rolledBackJournal,
    simulatedJournal,
} from "../../../fixtures/analysis/journal";

const EVIL = "<script>alert(1)</script> | **@ada** #12 `x`\n# [a](https://evil.example) &amp;";

describe("markdown", () => {
    const text = markdown(summarise(rolledBackJournal()));

    it("should begin with outcome, app, canary and reason", () => {
        const lines = text.split("\n");
        assert.equal(lines[0], "## ⏪ Rolled back: `demo/web` v2");
        assert.match(lines[2] ?? "", /^errors: the canary fails more .* rollback at 200\.$/);
        const done = markdown(summarise(promotedJournal())).split("\n");
        assert.equal(done[0], "## ✅ Promoted: `demo/web` v2");
    });

    it("should have what it cost, how long the way back took, and each weight", () => {
        assert.match(
            text,
            /\| Cost beyond the stable's share \| [\d.]+ failed requests of a budget of 50 \|/,
        );
        assert.match(text, /\| 2\.4 s \(written 1\.1 s, engine 1\.9 s, routed 2\.4 s\) \|/);
        for (const weight of ["weight 2", "weight 10", "weight 25", "back to 0"]) {
            assert.ok(text.includes(`\n| ${weight} | 13:1`), weight);
        }
    });

    it("should have at most 60 lines, and count what it leaves out", () => {
        const besides = Object.fromEntries(
            Array.from({ length: 40 }, (_, look) => [
                look + 1,
                [
                    {
                        type: "control" as const,
                        control: look % 2 ? ("resume" as const) : ("pause" as const),
                        by: "ada",
                    },
                ],
            ]),
        );
        const long = simulatedJournal({
            besides,
            blind: (look) => look % 2 === 0,
            looks: 100,
            started: { ladder: Array.from({ length: 40 }, (_, index) => index + 1) },
        });
        const report = summarise(long);
        assert.ok(report.decisions.length > 60);
        const lines = markdown(report).trimEnd().split("\n");
        assert.ok(lines.length <= 60, `${lines.length} lines`);
        assert.ok(lines.some((line) => /^\| \d+ earlier \|/.test(line)));
        assert.ok(lines.some((line) => /^\| \d+ more in the JSON \|/.test(line)));
        assert.match(lines.at(-1) ?? "", /^<sub>/);
    });

    it("should have tables whose rows are as wide as their header", () => {
        let width = 0;
        for (const line of text.split("\n")) {
            if (!line.startsWith("|")) width = 0;
            else {
                const cells = line.replace(/\\\|/g, "").split("|").length;
                if (width === 0) width = cells;
                assert.equal(cells, width, line);
            }
        }
    });

    it("should let nothing of a user's text be markup, HTML, a mention or an issue", () => {
        const evil = simulatedJournal({
            looks: 2,
            started: { images: { v1: EVIL, v2: "`` | @ada" }, stack: EVIL },
            besides: { 1: [{ type: "note", text: EVIL }] },
        });
        const comment = markdown(summarise(evil));
        const outside = comment.replace(/(`+)[^\n]*?[^`]\1(?!`)/g, "");
        assert.ok(!outside.includes("<script"), outside);
        assert.ok(!/[@#][\w\d]/.test(outside.replace(/^#+ .*$/gm, "")), outside);
        assert.ok(comment.includes("``` `` \\| @ada ```"));
    });
});

describe("escaped", () => {
    it("should keep the words and disarm the rest", () => {
        assert.equal(
            escaped("<b> | *a* @ada #12\nhttps://x.example"),
            "&lt;b&gt; \\| \\*a\\* @<!-- -->ada #<!-- -->12 https<!-- -->://x.example",
        );
    });

    it("should cut a log to a sentence", () => {
        assert.equal(escaped("x".repeat(1_000)).length, 300);
    });
});
