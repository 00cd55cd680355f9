import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../../../dev/checkout";
import { CONFIG_KEYS } from "../../../rollout/config/rolloutConfig";

const PAGE = readFileSync(join(CHECKOUT, "docs", "start", "articles.md"), "utf8");

/** The rows of the page's tables: capability, articles, answer, tests. */
const ROWS = PAGE.split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| What"))
    .map((line) => line.slice(2, -2).split(" | "));

describe("docs/start/articles.md", () => {
    it("has tables of capabilities and mistakes", () => {
        assert.ok(ROWS.length > 50, String(ROWS.length));
    });

    for (const [what = "", articles = "", answer = "", tests = "", ...more] of ROWS) {
        describe(what, () => {
            it("names at least one of the five articles", () => {
                assert.deepEqual(more, []);
                assert.match(articles, /^00[0-4](, 00[0-4])*$/);
            });

            it("names an existing config key, rule or page", () => {
                const links = [...answer.matchAll(/\]\(([^)#]+)/g)].map(([, link = ""]) => link);
                for (const link of links)
                    assert.ok(existsSync(join(CHECKOUT, "docs", "start", link)), link);
                const keys = [...answer.matchAll(/`([a-z]\w+)[^`]*`/gi)].map(([, key]) => key);
                const known = keys.filter((key) => (CONFIG_KEYS as string[]).includes(key ?? ""));
                assert.ok(links.length + known.length > 0, answer);
            });

            it("names existing tests", () => {
                const shown = tests.split("<br>");
                assert.ok(shown.length > 0);
                for (const test of shown) {
                    const [, file = "", title = ""] = /^`([\w./-]+)`: (.+)$/.exec(test) ?? [];
                    const source = readFileSync(join(CHECKOUT, "tests", file), "utf8");
                    assert.ok(source.includes(title), `${file} has no "${title}"`);
                }
            });
        });
    }
});
