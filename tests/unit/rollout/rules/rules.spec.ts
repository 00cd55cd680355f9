import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";
import { pageOf, rules } from "../../../../rollout/rules";

const fileOf = (id: string) => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Folders of rules, and the one file in them that holds none. */
const GROUPS = ["weights", "resilience", "routing", "identity", "workload", "exemptions"];
const SHARED = ["exemptions/exemption"];

describe("rules", () => {
    it("should have ids of their own", () => {
        const ids = rules.map(({ id }) => id);
        assert.deepEqual(ids, [...new Set(ids)]);
    });

    it("should be listed, every one that has a file", () => {
        const files = GROUPS.flatMap((group) =>
            readdirSync(join(CHECKOUT, "rollout", "rules", group)).map(
                (file) => `${group}/${file.replace(/\.ts$/, "")}`,
            ),
        ).filter((file) => !SHARED.includes(file));
        assert.deepEqual(
            files.sort(),
            rules.map(({ group, id }) => `${group}/${fileOf(id)}`).sort(),
        );
    });

    it("should be listed in docs/policy/policy.md, each with its description, level and options", () => {
        const page = readFileSync(join(CHECKOUT, "docs", "policy", "policy.md"), "utf8");
        const rows = rules.map(({ id, group, description, severity, options }) => {
            const names = Object.keys(options).map((name) => `\`${name}\``);
            return `| [${id}](rules/${group}/${id}.md) | ${description} | ${severity} | ${names.join(", ") || "–"} |`;
        });
        assert.ok(page.includes(`\n${rows.join("\n")}\n`), rows.join("\n"));
    });

    for (const rule of rules) {
        describe(rule.id, () => {
            it("should be named for its file, in kebab case", () => {
                assert.match(rule.id, /^[a-z]+(-[a-z]+)*$/);
                const file = join(
                    CHECKOUT,
                    "rollout",
                    "rules",
                    rule.group,
                    `${fileOf(rule.id)}.ts`,
                );
                assert.ok(existsSync(file));
            });

            it("should be described in one full sentence", () => {
                assert.match(rule.description, /^[A-Z][^.]{20,}\.$/);
            });

            it("should have a page that says what is refused, why, what to do, and its options", () => {
                const page = readFileSync(join(CHECKOUT, pageOf(rule)), "utf8");
                assert.ok(page.startsWith(`# ${rule.id}\n`), "title");
                assert.ok(page.includes(rule.description), "description");
                for (const heading of ["## Refused", "## Why", "## Instead", "## Options"]) {
                    assert.ok(page.includes(`\n${heading}\n`), heading);
                }
                for (const option of Object.keys(rule.options)) {
                    assert.ok(page.includes(`\`${option}\``), option);
                }
            });

            it("should describe every option", () => {
                for (const option of Object.values(rule.options)) {
                    assert.match(option.description, /^[A-Z].{10,}\.$/);
                }
            });
        });
    }
});
