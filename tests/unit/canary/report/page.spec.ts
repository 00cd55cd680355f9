import assert from "node:assert/strict";
import { headline } from "../../../../canary/analysis/report/headline";
import { summarise } from "../../../../canary/analysis/report/summarise";
import { sumCounts } from "../../../../canary/analysis/statistics/counts";
import { downsample } from "../../../../canary/report/page/downsample";
import { page } from "../../../../canary/report/page/page";
import { phaseLabels } from "../../../../canary/report/page/plot";
import {
    promotedJournal,
    rolledBackJournal,
    simulatedJournal,
} from "../../../fixtures/analysis/simulatedJournal";

const EVIL = '<script>alert(1)</script> & "quoted" {name|a} \' </svg>';

describe("page", () => {
    const report = summarise(rolledBackJournal());
    const text = page(report);

    it("starts with outcome, reason, time and cost", () => {
        const top = text.slice(0, text.indexOf("</header>"));
        assert.match(top, /<h1><span>Rolled back<\/span>: demo\/web v2<\/h1>/);
        assert.match(
            top,
            /Errors: the canary fails more than the stable: \d+ of \d+ canary requests/,
        );
        assert.match(top, /2026-11-21 13:12:00 to 13:14:\d\d UTC, 2 min \d+ s/);
        assert.match(top, /[\d.]+ failed requests of a budget of 50/);
        assert.match(top, /<dt>Time from the verdict to weight 0<\/dt><dd>2\.4 s<\/dd>/);
    });

    it("says in plain words what happened, before the reason", () => {
        const top = text.slice(0, text.indexOf("</header>"));
        const [words, why] = [
            top.indexOf(headline(report)),
            top.indexOf("Why: Errors: the canary"),
        ];
        assert.ok(words > 0 && words < why, `${words}, ${why}`);
    });

    it("links to its sections", () => {
        const nav = text.slice(text.indexOf("<nav"), text.indexOf("</nav>"));
        const targets = [...nav.matchAll(/href="#(\w+)"/g)].map(([, id]) => id);
        const sections = [...text.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
        assert.deepEqual(targets, sections);
        assert.ok(sections.length >= 8, sections.join());
    });

    it("labels each cell of a table with its column, for cards on a phone", () => {
        const cells = text.match(/<td [^>]*>/g) ?? [];
        assert.ok(cells.length > 100);
        for (const cell of cells) assert.match(cell, / data-label="[^"]+"/);
    });

    it("shows the verdict of each gate at each weight", () => {
        const matrix = text.slice(text.indexOf('class="matrix"'));
        const row = /<th[^>]*>errors<\/th>(.*?)<\/tr>/s.exec(matrix)?.[1] ?? "";
        assert.deepEqual(row.match(/[✓✗…] \w+/g), ["✓ pass", "✓ pass", "✗ fail"]);
    });

    it("links only to http and https", () => {
        const links = [
            { name: "run 7 <b>", url: "https://ci.example/runs/7?a=1&b=2" },
            { name: "dashboard", url: "javascript:alert(1)" },
        ];
        const linked = page(summarise(rolledBackJournal({ started: { links } })));
        assert.ok(
            linked.includes(
                '<a href="https://ci.example/runs/7?a=1&amp;b=2" rel="noreferrer">run 7 &lt;b&gt;</a>',
            ),
        );
        assert.ok(!/href="javascript/.test(linked));
    });

    it("does not say of an unfinished rollout what is not known yet", () => {
        const records = rolledBackJournal();
        const first = page(summarise(records.slice(0, 2)));
        assert.match(first, /not yet/);
        assert.match(first, /No preview had finished\./);
        assert.match(first, /had not got any requests from it/);
        assert.doesNotMatch(first, /The policies gave no advice|Why: /);
        const back = records.findIndex(({ type }) => type === "rollback");
        const rollingBack = page(summarise(records.slice(0, back + 1)));
        assert.match(rollingBack, /was being taken out of use/);
        assert.match(rollingBack, /The rollback was in progress/);
        assert.doesNotMatch(rollingBack, /did not confirm|not confirmed/);
    });

    it("is the same for the same report, regardless of earlier pages", () => {
        page(summarise(promotedJournal()));
        assert.equal(page(report), text);
    });

    it("has a name, a description and a table for each chart", () => {
        const charts = text.match(/<svg [^>]*>/g) ?? [];
        assert.equal(charts.length, 6);
        for (const chart of charts) {
            const [, title, description] = /aria-labelledby="(\S+) (\S+)"/.exec(chart) ?? [];
            assert.match(chart, /role="img"/);
            assert.match(text, new RegExp(`<title id="${title}">[^<]+</title>`));
            assert.match(text, new RegExp(`<desc id="${description}">[^<]+</desc>`));
        }
        assert.equal(text.match(/: data table<\/summary><div[^>]*>\s*<table /g)?.length, 6);
    });

    it("has unique ids, and no URL except SVG's namespace", () => {
        const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
        assert.equal(new Set(ids).size, ids.length);
        const urls = text.match(/\bhttps?:\/\/[^"\s)]+/g) ?? [];
        assert.deepEqual([...new Set(urls)], ["http://www.w3.org/2000/svg"]);
        assert.ok(text.includes("default-src &#39;none&#39;"));
        assert.ok(!/<script|\son\w+=|NaN|undefined/.test(text));
    });

    it("escapes text from users", () => {
        const records = simulatedJournal({
            samples: 3,
            started: { app: EVIL, images: { v1: EVIL, v2: EVIL }, stack: EVIL },
            besides: {
                1: [{ type: "note", text: EVIL }],
                2: [{ type: "control", control: "pause", by: EVIL }],
                3: [{ type: "drift", where: "config", wanted: 2, found: EVIL }],
            },
        });
        const evil = page(
            summarise([
                ...records,
                { ...lastOf(records), type: "ended", outcome: "held", reason: EVIL },
            ]),
        );
        assert.ok(!evil.includes("<script"));
        assert.ok(!evil.includes("& &quot;"));
        assert.ok(
            (evil.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; &quot;quoted&quot;/g) ?? [])
                .length >= 7,
        );
        assert.equal(evil.match(/<svg/g)?.length, evil.match(/<\/svg>/g)?.length);
    });

    it("renders a journal that ends before its first sample", () => {
        const records = rolledBackJournal();
        for (const length of [1, 2, 5, 6, 7]) {
            const short = page(summarise(records.slice(0, length)));
            assert.match(short, /<span>Not finished<\/span>/);
            assert.ok(!/NaN|undefined/.test(short));
        }
    });

    it("stays small for a bake of a day, because it does not grow with the samples", () => {
        const analysis = { bake: "24h", deadline: "25h" };
        const records = promotedJournal({ analysis, samples: 1_800 });
        const sizeOf = (count: number) => page(summarise(records.slice(0, count))).length;
        const [first, whole] = [sizeOf(600), sizeOf(1_800)];
        assert.ok(first < 200_000 && whole < 1.05 * first, `${first}, then ${whole} characters`);
    });
});

describe("downsample", () => {
    it("counts every request once, and never merges two weights", () => {
        const { samples, phases, total } = summarise(
            promotedJournal({ analysis: { bake: "1h", deadline: "2h" } }),
        );
        const starts = phases.flatMap(({ routed }) => routed?.second ?? []);
        const spans = downsample(samples, starts, 20);
        assert.ok(spans.length <= 20 + phases.length);
        const { canary, stable } = sumCounts(spans.flatMap(({ counts }) => counts ?? []));
        assert.deepEqual({ canary, stable }, { canary: total.canary, stable: total.stable });
        assert.deepEqual([...new Set(spans.map(({ last }) => last.weight))], [10, 25, 50, 100]);
        assert.equal(spans.at(-1)?.to, samples.at(-1)?.second);
    });
});

describe("phaseLabels", () => {
    const labels = (width: number) => phaseLabels(summarise(promotedJournal()), width);

    it("gives each phase its weight if there is room", () => {
        assert.deepEqual(
            labels(2_000).map(({ text }) => text),
            ["2 %", "10 %", "25 %", "50 %", "100 %"],
        );
    });

    it("gives short phases one label", () => {
        const texts = labels(300).map(({ text }) => text);
        assert.deepEqual(texts, ["2 %", "10 → 50 %", undefined, undefined, "100 %"]);
        assert.deepEqual(labels(10)[0]?.text, "2 → 100 %");
    });
});

function lastOf<T>(list: readonly T[]): T {
    const last = list.at(-1);
    assert.ok(last !== undefined);
    return last;
}
