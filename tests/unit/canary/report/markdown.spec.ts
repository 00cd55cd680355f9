import assert from "node:assert/strict";
import { escapeMarkdown, markdown } from "../../../../canary/analysis/report/markdown";
import { summarise } from "../../../../canary/analysis/report/summarise";
import {
    promotedJournal,
    rolledBackJournal,
    simulatedJournal,
} from "../../../fixtures/analysis/simulatedJournal";

const EVIL = "<script>alert(1)</script> | **@ada** #12 `x`\n# [a](https://evil.example) &amp;";

describe("markdown", () => {
    const text = markdown(summarise(rolledBackJournal()));

    it("begins with outcome, app, canary and reason", () => {
        const lines = text.split("\n");
        assert.equal(lines[0], "## ⏪ Rolled back: `demo/web` v2");
        assert.match(
            lines[2] ?? "",
            /^The new version \\\(1\.1\.0\\\) of web was taken out of use/,
        );
        assert.match(lines[3] ?? "", /^$/);
        assert.match(lines[4] ?? "", /^Why: Errors: the canary fails more .* rollback at 250\.$/);
        const done = markdown(summarise(promotedJournal())).split("\n");
        assert.equal(done[0], "## ✅ Promoted: `demo/web` v2");
    });

    it("links to pages, and keeps their names and addresses from being markup", () => {
        const links = [{ name: "run [7]", url: "https://ci.example/runs/7?a=<b>|c" }];
        const linked = markdown(summarise(rolledBackJournal({ started: { links } })));
        assert.ok(
            linked.includes("\n[run \\[7\\]](<https://ci.example/runs/7?a=%3Cb%3E%7Cc>)\n"),
            linked,
        );
    });

    it("shows the cost, the duration of the rollback, and each weight", () => {
        assert.match(
            text,
            /\| Cost \(failures beyond the stable's share\) \| [\d.]+ failed requests of a budget of 50 \|/,
        );
        assert.match(text, /\| 2\.4 s \(written 1\.1 s, engine 1\.9 s, routed 2\.4 s\) \|/);
        for (const weight of ["weight 2", "weight 10", "weight 25", "rollback"]) {
            assert.ok(text.includes(`\n| ${weight} | 13:1`), weight);
        }
    });

    it("has at most 60 lines, and counts the rows that it leaves out", () => {
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
            samples: 100,
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

    it("lists dry runs, with what they would have decided", () => {
        const metrics = [{ name: "orders", query: "q", limit: 1, dryRun: true }];
        const report = summarise(promotedJournal({ analysis: { metrics } }));
        const { samples } = report.dryRuns?.[0] ?? {};
        const row = `| metric orders | 0 of ${samples} | ${samples} of ${samples} | dry run, decides nothing: no value`;
        assert.ok(markdown(report).includes(row), markdown(report));
    });

    it("has as many cells in each row as in the header", () => {
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

    it("escapes markup, HTML, mentions and issues in text from users", () => {
        const evil = simulatedJournal({
            samples: 2,
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

describe("escapeMarkdown", () => {
    it("keeps the words and escapes the rest", () => {
        assert.equal(
            escapeMarkdown("<b> | *a* @ada #12\nhttps://x.example"),
            "&lt;b&gt; \\| \\*a\\* @<!-- -->ada #<!-- -->12 https<!-- -->://x.example",
        );
    });

    it("truncates a long text to 300 characters", () => {
        assert.equal(escapeMarkdown("x".repeat(1_000)).length, 300);
    });
});
